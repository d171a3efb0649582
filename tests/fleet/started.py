"""The fleet of a test run, over the run's own PostgreSQL and S3."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.database import Cluster
from tests.fleet.fleet import Fleet, running
from tests.s3 import SettingsOf


@contextmanager
def started(
    cluster: Cluster, name: str, settings_of: SettingsOf, folder: Path, kind: str
) -> Iterator[Fleet]:
    """Two servers behind nginx over a database of this name and a bucket of a kind of service."""
    settings, url = settings_of(kind, download_mode="redirect"), cluster.clone(name)
    with running(url, settings, folder) as fleet:
        yield fleet
    cluster.drop(url)
