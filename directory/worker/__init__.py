"""The application server of one worker process: granian's RSGI on one side, the Flask application (WSGI) on the other.

Each module says what it gains, measured by `python -m benchmarks.worker` (benchmarks/README.md), or that it is a matter
of robustness. The path of a request, by the module that takes it:

    processes           granian (Rust) accepts the connection in a worker process
    connection_limits     which closes idle connections when there are too many
    event_loop          no body: granian's thread calls `try_handle`; a body: `__rsgi__` runs on the event loop
    request_bodies        which reads the body, within limits of size, memory and time
    application         takes both: `_dispatch` answers from the cache or chooses a thread pool
    cached_responses      from response_cache, what was made at this revision: 304, bytes or a file
    thread_pools        else it is queued for a thread: for requests, downloads or /healthz
    thread_scheduling     where threads that are kept from the interpreter get it
    direct_responses    answers hot reads in that thread, without Flask
    rsgi                runs Flask (directory/app.py) with a WSGI environ in that thread
    application         sends the response from there, and caches it
    file_responses        a file by its path, one that is still to be written meanwhile
    growing_files         through a pipe, whose end comes only when the file is complete
    file_transfers      granian sends the file: it is closed at the end, and clients that stop reading are disconnected
    shutdown            after SIGTERM: `Connection: close`, then 503, then the exit
"""
