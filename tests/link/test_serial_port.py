import socket
import threading

import pytest

from mycoflux.errors import BoardBusy, BoardLost, BoardNotFound
from mycoflux.link.repl import Repl
from mycoflux.link.urls import open_stream


def test_a_port_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(BoardNotFound, match="serial ports on this machine") as caught:
        open_stream("/dev/ttyNOTHERE7")
    assert caught.value.where == "/dev/ttyNOTHERE7"


def test_bytes_go_both_ways(serial_peer):
    peer = serial_peer(lambda data: data[::-1])
    with open_stream(peer.port) as stream:
        stream.write(b"abc")
        assert stream.read(2, 2.0) == b"cb"
        assert stream.read(10, 2.0) == b"a"
        assert stream.read(10, 0.01) == b""


def test_a_port_that_is_held_is_busy(serial_peer):
    peer = serial_peer(lambda data: b"")
    with open_stream(peer.port), pytest.raises(BoardBusy):
        open_stream(peer.port)
    open_stream(peer.port).close()  # let go of, it is free again


def test_unplugged_in_mid_run_is_lost(serial_peer):
    peer = serial_peer(lambda data: data)
    with open_stream(peer.port) as stream:
        stream.write(b"x")
        assert stream.read(1, 2.0) == b"x"
        peer.unplug()
        with pytest.raises(BoardLost) as caught:
            stream.read(1, 2.0)
        assert caught.value.where == peer.port


def test_a_served_port_works_and_its_end_is_a_loss():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"socket://127.0.0.1:{server.getsockname()[1]}"

        def serve():
            connection, _ = server.accept()
            connection.sendall(connection.recv(10))
            connection.recv(1)
            connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        with open_stream(url) as stream:
            stream.write(b"ping")
            assert stream.read(10, 2.0) == b"ping"
            stream.write(b"!")
            thread.join()
            with pytest.raises(BoardLost):
                stream.read(1, 2.0)


def test_nobody_serving_is_not_found():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(BoardNotFound):
        open_stream(f"socket://127.0.0.1:{port}")


@pytest.mark.virtual
def test_a_whole_prompt_through_a_socket():
    """A virtual board served over TCP, as a serial server would: the prompt works the same."""
    with open_stream("virtual:") as board, socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                connection.settimeout(0.01)
                while True:
                    try:
                        data = connection.recv(4096)
                        if not data:
                            return
                        board.write(data)
                    except TimeoutError:
                        pass
                    connection.sendall(board.read(4096, 0.01))

        thread = threading.Thread(target=serve)
        thread.start()
        with open_stream(f"socket://127.0.0.1:{server.getsockname()[1]}") as stream:
            repl = Repl(stream)
            repl.enter()
            assert repl.eval("6 * 7") == 42
        thread.join()
