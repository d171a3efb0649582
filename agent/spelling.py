"""Places of infobases: what is written in two ways is one place all the same."""

import ntpath

from onec.connection import ConnectionString, ConnectionStringError

_USUAL_PORT = ":1541"  # of a manager of clusters; nobody has to write it


def place_key(place: str) -> str:
    """What two spellings of one place have in common; Windows and 1C ignore the case of letters."""
    try:
        at = ConnectionString.parse(place)
    except ConnectionStringError:  # of the simulated 1C, or of an infobase that has left
        return place
    if at.file:
        return ntpath.normcase(ntpath.normpath(at.file)).casefold()
    server = at.server.casefold().removesuffix(_USUAL_PORT)
    return f"{server}|{at.ref.casefold()}"
