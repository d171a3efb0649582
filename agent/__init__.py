"""The thin installer that runs beside 1C."""

VERSION = "0.1.0"
"""Of the agent, as it says to the server."""
