"""The most that the framework could give: an empty JSON answer, and a finished file, of a bare Flask application."""

import os

from flask import Flask, Response, send_file

application = Flask(__name__)


@application.get("/")
def get_nothing() -> Response:
    """Give an empty object, with nothing done for it."""
    return Response("{}", mimetype="application/json")


@application.get("/file")
def get_file() -> Response:
    """Give the file that the environment names: what a download costs when all of it is there already."""
    return send_file(os.environ["BENCHMARK_FILE"])
