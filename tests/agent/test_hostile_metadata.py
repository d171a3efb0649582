"""Whatever stands in the place of signed metadata is refused by its right name."""

import pytest
from tuf.api.exceptions import DownloadError, DownloadHTTPError, RepositoryError
from tuf.ngclient import FetcherInterface, Updater

from agent.codes import Code
from agent.refusals import Circumstances, refusal
from tests.corpus.metadata import CASES, COUNT
from tests.simulators.vendor_repository import VendorRepository


class Given(FetcherInterface):
    """The repository's files as a server gives them."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def _fetch(self, url: str):
        data = self.files.get(url.rpartition("/")[2])
        if data is None:
            raise DownloadHTTPError("no such file", 404)
        yield data


def test_the_corpus_has_its_number_of_metadata():
    assert len(CASES) == COUNT


@pytest.mark.parametrize("name", CASES)
def test_they_are_refused_by_their_name(tmp_path, name):
    change, expected = CASES[name]
    repository = VendorRepository()
    pinned = repository.files["1.root.json"]
    change(repository)
    told = None
    updater = Updater(
        str(tmp_path),
        "https://a.test/metadata",
        target_base_url="https://a.test/targets",
        fetcher=Given(repository.files),
        bootstrap=pinned,
    )
    try:
        updater.refresh()
        assert updater.get_targetinfo("ext/a/1.0/a.cfe") is None
    except (RepositoryError, DownloadError) as error:
        failure = refusal(error, Circumstances("timestamp", None, ""))
        assert failure.code == Code.SIGNATURE_BAD
        told = failure.params["reason"]
    assert told == expected
