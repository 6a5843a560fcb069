"""Isolation: a network of one's own with nothing but loopback, so that no contender can reach anything else (Linux)."""

import ctypes
import fcntl
import socket
import struct
import sys

_NEW_NETWORK = 0x40000000
_SET_FLAGS = 0x8914
_UP_AND_RUNNING = 0x1 | 0x40


def isolate() -> bool:
    """Move this process, and all it starts from now on, into such a network; return whether that was allowed."""
    if sys.platform != "linux":
        return False
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_NETWORK):
        return False
    loopback = struct.pack("16sH14s", b"lo", _UP_AND_RUNNING, b"")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SET_FLAGS, loopback)
    return True
