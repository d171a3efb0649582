"""The thin installer that runs beside 1C."""
