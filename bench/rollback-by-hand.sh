#!/bin/sh
# The hot way back of one node as a person does it: old PEM in place, reload, then look at both ports.
# Usage: rollback-by-hand.sh <old.pem> <node.pem> <address>   (the node's own nodetool on the PATH)
set -eu
old=$1 live=$2 address=$3
cp -p "$old" "$live.old"
mv "$live.old" "$live"
nodetool reloadssl
want=$(openssl x509 -in "$old" -noout -fingerprint -sha256)
for port in 9042 7000; do
  got=$(openssl s_client -connect "$address:$port" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256)
  [ "$got" = "$want" ] || { echo "$address:$port serves $got, not $want" >&2; exit 1; }
done
