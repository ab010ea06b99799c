#!/bin/sh
# Runs one step of Ringward's node program: finds or fetches the jar by its hash, finds Java, hands the request over.
#
# In   SSM_Request (base64url JSON), SSM_ProgramSha256, SSM_ProgramUrl; RINGWARD_ALLOW=observe|act
# Out  one JSON line on stdout; exit 0 (ok), 10 (a named error), 1 (no reply: see stderr)
# By hand, without AWS: sh /var/lib/ringward/kit/ringward-node.sh kit help; or RINGWARD_JAR=/path/ringward-node.jar SSM_Request=... sh ringward-node.sh
set -u
umask 077

say() { echo "ringward: $*" >&2; }
fail() { say "$*"; exit 1; }

home=${RINGWARD_HOME:-/var/lib/ringward}
kit=
if [ "${1:-}" = kit ]; then
  kit=yes
  # A kit that a backup left here knows its home by where it lies.
  here=$(cd "$(dirname "$0")" && pwd -P)
  if [ -z "${RINGWARD_HOME:-}" ] && [ -f "$here/kit.json" ]; then home=$(dirname "$here"); fi
fi
programs=$home/programs
sha=${SSM_ProgramSha256:-}
jar=${RINGWARD_JAR:-}

sha256_of() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$1"; else openssl dgst -sha256 -r "$1"; fi | cut -c 1-64
}

# The kit runs the program of the newest backup; when that is gone or damaged, any other here that is what its name says.
if [ -n "$kit" ] && [ -z "$jar" ]; then
  [ -r "$home/kit/kit.json" ] || fail "cannot read $home/kit/kit.json: be root; without it no backup has left a kit on this node"
  sha=$(cat "$home/kit/program" 2>/dev/null)
  for one in "$programs/$sha.jar" "$programs"/*.jar; do
    [ -f "$one" ] || continue
    sha=$(basename "$one" .jar)
    [ "$(sha256_of "$one")" != "$sha" ] || break
  done
fi

# By hash alone: a program with another hash is never run, wherever it came from.
if [ -z "$jar" ]; then
  case $sha in *[!0-9a-f]* | '') fail 'SSM_ProgramSha256 must be 64 hex digits' ;; esac
  [ ${#sha} -eq 64 ] || fail 'SSM_ProgramSha256 must be 64 hex digits'
  jar=$programs/$sha.jar
  mkdir -p "$programs" || fail "cannot create $programs"
  if [ ! -f "$jar" ] || [ "$(sha256_of "$jar")" != "$sha" ]; then
    [ -n "${SSM_ProgramUrl:-}" ] || fail "program $sha is not on this node, and no SSM_ProgramUrl was given"
    fetched=$jar.$$
    if command -v curl >/dev/null 2>&1; then
      # The URL is a presigned one: from a file, not an argument that ps would show.
      printf 'url = "%s"\n' "$SSM_ProgramUrl" | curl --silent --show-error --fail --max-time 60 --retry 2 --output "$fetched" --config - >&2
    elif command -v wget >/dev/null 2>&1; then
      printf '%s\n' "$SSM_ProgramUrl" | wget --quiet --timeout=60 --tries=3 --output-document="$fetched" --input-file=- >&2
    else
      fail 'neither curl nor wget is on this node; copy the jar to '"$jar"
    fi || { rm -f "$fetched"; fail 'the program could not be fetched'; }
    got=$(sha256_of "$fetched")
    [ "$got" = "$sha" ] || { rm -f "$fetched"; fail "the fetched program is $got, expected $sha"; }
    mv -f "$fetched" "$jar" || fail "cannot write $jar"
  fi
fi

if [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ]; then java=$JAVA_HOME/bin/java
else
  java=$(command -v java || cat "$home/kit/java" 2>/dev/null)
  [ -n "$java" ] && [ -x "$java" ] || fail 'no Java: set JAVA_HOME to that of Cassandra'
fi

export RINGWARD_HOME="$home" RINGWARD_ALLOW="${RINGWARD_ALLOW:-act}"
export RINGWARD_REQUEST="${SSM_Request:-}"
unset SSM_Request SSM_ProgramUrl
[ -n "$kit" ] || [ -n "$RINGWARD_REQUEST" ] || fail 'SSM_Request is empty'
options='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -Xmx96m -XX:-UsePerfData'

# Loading classes is a quarter of what a look costs: Java 13 and later keep them in an archive, made by the first whole look. It has its
# own hash in its name, since a damaged one would crash Java. One of another Java is left aside by Java itself, which must not say so on stdout.
major=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$(dirname "$(dirname "$(readlink -f "$java")")")/release" 2>/dev/null)
whole() { printf '%s' "$RINGWARD_REQUEST" | tr '_-' '/+' | base64 -d 2>/dev/null | grep -q '"depth":"full"'; }
if [ -z "${RINGWARD_JAR:-}" ] && [ "${major:-0}" -ge 13 ]; then
  options="$options -Xlog:disable"
  archive=$(ls "$programs/$sha".*.jsa 2>/dev/null | head -n 1)
  if [ -n "$archive" ] && [ "$archive" = "$programs/$sha.$(sha256_of "$archive").jsa" ]; then
    options="$options -XX:SharedArchiveFile=$archive"
  elif [ "$RINGWARD_ALLOW" = observe ] && whole; then
    made=$programs/$$.made
    "$java" $options -XX:ArchiveClassesAtExit="$made" -jar "$jar"
    code=$?
    # Only what a look needs that went well; those of other programs are of no use any more.
    [ "$code" -eq 0 ] && [ -s "$made" ] && rm -f "$programs"/*.jsa && mv -f "$made" "$programs/$sha.$(sha256_of "$made").jsa"
    rm -f "$made"
    exit "$code"
  fi
fi
if [ -n "$kit" ]; then exec "$java" $options -jar "$jar" "$@"; fi
exec "$java" $options -jar "$jar"
