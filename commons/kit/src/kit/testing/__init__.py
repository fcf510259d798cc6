"""The pytest plugin: real servers, a fresh database for each test, pieces that run, events to send and to see.

A service's ``main.py`` has ``build(settings) -> FastAPI`` and ``app()``, which builds from the environment;
``running("catalog")`` calls ``build``.
"""
