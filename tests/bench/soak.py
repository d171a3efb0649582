"""A placeholder module while the rest is tried."""


def run(minutes: float, *, publish: bool) -> int:
    raise NotImplementedError
