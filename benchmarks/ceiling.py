"""The framework's upper limit: an empty JSON response and an existing file from a bare Flask application."""

import os

from flask import Flask, Response, send_file

application = Flask(__name__)


@application.get("/")
def get_nothing() -> Response:
    """Return an empty object."""
    return Response("{}", mimetype="application/json")


@application.get("/file")
def get_file() -> Response:
    """Return the file in BENCHMARK_FILE: the cost of a download that is already written."""
    return send_file(os.environ["BENCHMARK_FILE"])
