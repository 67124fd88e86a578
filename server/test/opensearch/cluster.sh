#!/usr/bin/env bash
# A real OpenSearch cluster for tests: two nodes with data, and a small third that only votes, so that the cluster goes on
# when any one of them is lost. Needs Maven, Java 21 or later (looked for in JAVA_HOME and /usr/lib/jvm) and curl.
#   cluster.sh java DIR        says whether there is a Java for it
#   cluster.sh install DIR     lays the server out in DIR (200 MB to fetch, 120 MB on disk); nothing when it is there
#   cluster.sh start DIR       starts the nodes; their data, logs and process ids are in DIR/run
#   cluster.sh kill DIR N      ends node N at once (SIGKILL)
#   cluster.sh restart DIR N   starts it again, with its data
#   cluster.sh stop DIR        ends all of them
# HTTP_PORT: port of node 1 less one, default 19200 (node 1 is http://127.0.0.1:19201); transport is 100 above.
# HEAP: of a node with data, default 512m. MEASURE=1: all compilers, for timings; the default starts in half the time.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
action=${1:-}
dir=${2:-}
if [ -z "$dir" ]; then
  sed -n '2,12p' "${BASH_SOURCE[0]}"
  exit 2
fi
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
run=$dir/run
http=${HTTP_PORT:-19200}
version=$(sed -n 's:.*<server.version>\(.*\)</server.version>.*:\1:p' "$here/pom.xml")
home=$dir/opensearch-$version

find_java() {
  local candidate major
  for candidate in ${JAVA_HOME:-} /usr/lib/jvm/*; do
    [ -x "$candidate/bin/java" ] || continue
    major=$("$candidate/bin/java" -XshowSettings:properties -version 2>&1 |
      sed -n 's/ *java.specification.version = \([0-9]*\).*/\1/p')
    if [ "${major:-0}" -ge 21 ]; then
      export OPENSEARCH_JAVA_HOME=$candidate
      return
    fi
  done
  echo "OpenSearch $version needs Java 21 or later; set JAVA_HOME." >&2
  exit 1
}

# OpenSearch refuses root. Then it runs as nobody, or, where nobody may not enter the folder, in a user namespace in which
# root has nobody's number.
as_user=()
choose_user() {
  [ "$(id -u)" = 0 ] || return 0
  local nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  local mapped=(unshare --user --map-user=65534 --map-group=65534)
  if "${nobody[@]}" test -r "$home/bin/opensearch" -a -x "$run"; then
    as_user=("${nobody[@]}")
    chown -R 65534:65534 "$run"
  elif "${mapped[@]}" true 2>/dev/null; then
    as_user=("${mapped[@]}")
  else
    echo "Root, and neither setpriv nor unshare makes it another user: choose a folder that all may enter." >&2
    exit 1
  fi
}

launch() {
  local node=$1 roles='cluster_manager, data, ingest' heap=${HEAP:-512m} place=$run/n$1 quick=
  if [ "$node" = 3 ]; then roles=cluster_manager heap=256m; fi
  [ "${MEASURE:-0}" = 1 ] || quick='-XX:TieredStopAtLevel=1 -XX:-UseG1GC -XX:+UseSerialGC -XX:-AlwaysPreTouch'
  mkdir -p "$place"/{conf,data,logs,tmp}
  cp "$home/config/log4j2.properties" "$place/conf/"
  sed -e '/^-Xm[sx]/d' -e "s#\([=:]\)logs/#\1$place/logs/#" -e "s#HeapDumpPath=data#HeapDumpPath=$place/logs#" \
    "$home/config/jvm.options" >"$place/conf/jvm.options"
  cat >"$place/conf/opensearch.yml" <<YML
cluster.name: weft-test
node.name: n$node
node.roles: [$roles]
path.data: $place/data
path.logs: $place/logs
network.host: 127.0.0.1
http.port: $((http + node))
transport.port: $((http + 100 + node))
discovery.seed_hosts: ["127.0.0.1:$((http + 101))", "127.0.0.1:$((http + 102))", "127.0.0.1:$((http + 103))"]
$first_managers
# The disk of a test machine is often nearly full.
cluster.routing.allocation.disk.threshold_enabled: false
cluster.fault_detection.follower_check.interval: 500ms
cluster.fault_detection.follower_check.timeout: 5s
cluster.fault_detection.leader_check.interval: 500ms
cluster.fault_detection.leader_check.timeout: 5s
YML
  choose_user
  OPENSEARCH_PATH_CONF=$place/conf OPENSEARCH_TMPDIR=$place/tmp OPENSEARCH_JAVA_OPTS="-Xms$heap -Xmx$heap $quick" \
    nohup "${as_user[@]}" "$home/bin/opensearch" >"$place/console.log" 2>&1 </dev/null &
  echo $! >"$place/pid"
}

wait_for_all() {
  local deadline=$((SECONDS + 150)) pid
  until curl -fsS -m 5 "http://127.0.0.1:$((http + 1))/_cluster/health?wait_for_nodes=3&timeout=3s" >/dev/null 2>&1; do
    for pid in "$run"/n*/pid; do
      if [ $SECONDS -ge $deadline ] || ! kill -0 "$(cat "$pid")" 2>/dev/null; then
        echo 'The cluster did not form; the last lines of each node:' >&2
        tail -n 20 "$run"/n*/console.log >&2
        exit 1
      fi
    done
    sleep 0.25
  done
}

case $action in
  java)
    find_java
    echo "$OPENSEARCH_JAVA_HOME"
    ;;
  install)
    if [ -f "$home/.complete" ]; then exit 0; fi
    rm -rf "$home" "$dir/.markers"
    mvn -B -q -f "$here/pom.xml" process-resources -Dtarget="$dir"
    touch "$home/.complete"
    ;;
  start)
    find_java
    rm -rf "$run"
    mkdir -p "$run"
    first_managers='cluster.initial_cluster_manager_nodes: [n1, n2, n3]'
    for node in 1 2 3; do launch $node; done
    wait_for_all
    echo "OpenSearch $version at http://127.0.0.1:$((http + 1)) and http://127.0.0.1:$((http + 2))"
    ;;
  kill)
    kill -9 "$(cat "$run/n$3/pid")"
    ;;
  restart)
    find_java
    first_managers=
    launch "$3"
    wait_for_all
    ;;
  stop)
    for file in "$run"/n*/pid; do
      [ -f "$file" ] || continue
      pid=$(cat "$file")
      # The number may be another process's by now.
      if grep -qs org.opensearch.bootstrap "/proc/$pid/cmdline"; then kill "$pid"; fi
      for _ in $(seq 80); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.25
      done
      rm -f "$file"
    done
    ;;
  *)
    sed -n '2,12p' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
