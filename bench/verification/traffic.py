"""Counts bytes of IP packets from or to the given ports on the loopback device, until stdin closes; prints one number.

Needs CAP_NET_RAW. A packet on the loopback device is seen twice by a socket, going out and coming in: the way out counts.
"""
import select
import socket
import struct
import sys

ETH_P_ALL = 3
OUTGOING = 4


def main() -> None:
    ports = {int(port) for port in sys.argv[1:]}
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    raw.bind(("lo", 0))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
    total = 0
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([raw, sys.stdin], [], [])
        if sys.stdin in readable:
            break
        packet, address = raw.recvfrom(64)
        if address[2] != OUTGOING or packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_TCP:
            continue
        header = (packet[0] & 15) * 4
        source, target = struct.unpack_from("!HH", packet, header)
        if source in ports or target in ports:
            total += struct.unpack_from("!H", packet, 2)[0]
    print(total, flush=True)


if __name__ == "__main__":
    main()
