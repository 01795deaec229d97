"""Runs the program on file, if none runs and one is there and whole."""

from myco import store


def handle(server, _):
    """A board without a program still answers."""
    for name in (store.ACTIVE, store.OLD):
        try:
            if not server.engine:
                with open(server.folder + name, "rb") as f:
                    image = f.read()
                if server.run("load", image):
                    server.files_bad += 1
        except OSError:
            pass
        except MemoryError:
            server.files_bad += 1
