# What every story needs: Sluice on an empty folder, a small application beside it, and words to speak to both. Source it; it cleans up after itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export PATH="$PWD/node_modules/.bin:$PATH"

folder=$(mktemp -d)
export SLUICE_DATA="$folder/data" SLUICE_TOKEN="owner-of-this-story-$RANDOM$RANDOM" SLUICE_LOG_LEVEL=error PORT=${PORT:-3123} HOST=127.0.0.1
unset DATABASE_URL SLUICE_ENCRYPTION_KEY
BASE="http://$HOST:$PORT"
TOKEN=$SLUICE_TOKEN

cleanup() {
  trap - EXIT
  kill "${server:-}" "${application:-}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT

node docs/stories/application.js >"$folder/application" &
application=$!
node src/main.ts serve >"$folder/log" 2>&1 &
server=$!
for _ in $(seq 300); do
  grep -q 'answers at' "$folder/log" && [ -s "$folder/application" ] && break
  kill -0 $server || { cat "$folder/log"; exit 1; }
  sleep 0.1
done
APPLICATION=$(cat "$folder/application")

# api METHOD PATH [BODY] [HEADER...]: one request as $TOKEN; the body goes to stdout, a refusal to stderr.
api() {
  local method=$1 path=$2 body=${3:-}
  shift $(($# < 3 ? $# : 3))
  local options=(-sS -X "$method" -H "Authorization: Bearer $TOKEN" -w '\n%{http_code}')
  [ -n "$body" ] && options+=(-H 'Content-Type: application/json' -d "$body")
  for header in "$@"; do options+=(-H "$header"); done
  local answer status
  answer=$(curl "${options[@]}" "$BASE$path")
  status=${answer##*$'\n'}
  printf '%s' "${answer%$'\n'*}"
  [ "$status" -lt 400 ] || { echo "$method $path answered $status" >&2; return 1; }
}

# refused STATUS api ...: the request is refused with this status.
refused() {
  local wanted=$1 said
  shift
  if said=$("$@" 2>&1 >/dev/null); then echo "was not refused: $*" >&2; exit 1; fi
  [[ $said == *"answered $wanted" ]] || { echo "$* : $said, not $wanted" >&2; exit 1; }
}

# pick EXPRESSION: a JavaScript expression over `it`, the JSON on stdin (undefined where there is none).
pick() { node -e 'const t=require("node:fs").readFileSync(0,"utf8"); const it=t?JSON.parse(t):undefined; const v=eval(process.argv[1]); console.log(typeof v==="string"?v:JSON.stringify(v))' "$1"; }

# expect WANTED GOT WORDS
expect() { [ "$1" = "$2" ] || { echo "expected $3 to be $1, and it is $2" >&2; exit 1; }; echo "   $3: $2"; }

# run FLOW: runs it, waits for its end (a minute at the most) and answers the job.
run() {
  local job state
  job=$(api POST "/v1/flows/$1/run" '{}' | pick 'it._jobId')
  for _ in $(seq 240); do
    state=$(api GET "/v1/jobs/$job" | pick 'it.status')
    case $state in completed | failed | canceled) break ;; esac
    sleep 0.25
  done
  api GET "/v1/jobs/$job"
}

say() { printf '\n%s\n' "$*"; }
