from flask.testing import FlaskClient


def test_any_page_may_read_answers_and_their_headers(client: FlaskClient) -> None:
    response = client.get("/things", headers={"Origin": "https://example.org"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "Link", "Retry-After", "RateLimit", "X-Request-ID", "Content-Disposition"} <= set(exposed)


def test_any_page_may_read_errors(client: FlaskClient) -> None:
    for response in (client.get("/nothing"), client.get("/things?x=1"), client.post("/things")):
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_preflight_is_answered(client: FlaskClient) -> None:
    response = client.options(
        "/things",
        headers={
            "Origin": "https://example.org",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "if-none-match",
        },
    )
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]
    assert int(response.headers["Access-Control-Max-Age"]) > 0


def test_options_returns_the_methods_of_a_path_and_404_where_there_is_none(client: FlaskClient) -> None:
    assert client.options("/things/a?whatever=1").headers["Allow"] == "GET, HEAD, OPTIONS"
    assert client.options("/nothing").status_code == 404


def test_no_type_is_guessed_and_nothing_is_framed(client: FlaskClient) -> None:
    for path in ("/things", "/nothing"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_the_server_is_named_once(client: FlaskClient) -> None:
    for path in ("/things", "/nothing"):
        assert client.get(path).headers.get_all("Server") == ["official-directory"]
