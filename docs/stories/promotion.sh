#!/usr/bin/env bash
# From development to production: an integration is changed in one environment and pulled into the other, where a mapping is in conflict and a schedule is
# left alone; decided, applied, run, and taken back. What differs is printed at each step. Starts a Sluice of its own; `bash docs/stories/promotion.sh`.
source "$(dirname "$0")/stage.sh"

# changes PATH: a semantic difference, a line for each change.
changes() {
  api GET "$1" | pick 'it.flatMap(({change, type, name, changes = []}) => ["   " + type + " \"" + name + "\" " + change, ...changes.map((each) => each.diff
    ? "      " + each.path + ":\n" + each.diff.split("\n").slice(2).filter(Boolean).map((line) => "        " + line).join("\n")
    : "      " + each.path + " " + each.change + ": " + ["old", "new"].filter((side) => side in each).map((side) => JSON.stringify(each[side])).join(" -> "))]).join("\n")'
}
mapping() { echo "{\"generate\":\"$1\",\"extract\":\"$2\",\"dataType\":\"string\",\"status\":\"Active\"}"; }
connection() { api POST /v1/connections "{\"name\":\"$1\",\"type\":\"http\",\"http\":{\"mediaType\":\"json\",\"baseURI\":\"$APPLICATION\",\"auth\":{\"type\":\"token\",\"token\":{\"token\":\"secret-of-$1\",\"location\":\"header\",\"headerName\":\"Authorization\",\"scheme\":\"Bearer\"}}}}" | pick 'it._id'; }
import_body() { echo "{\"name\":\"Books\",\"_connectionId\":\"$1\",\"adaptorType\":\"HTTPImport\",\"http\":{\"method\":[\"POST\"],\"relativeURI\":[\"/books\"]},\"mappings\":[$2]}"; }
flow_body() { echo "{\"name\":\"Orders to books\",\"_integrationId\":\"$1\",\"disabled\":$5,\"schedule\":\"$4\",\"pageGenerators\":[{\"_exportId\":\"$2\"}],\"pageProcessors\":[{\"type\":\"import\",\"_importId\":\"$3\"}]}"; }

say '1. Development has an integration; production gets a clone of it, with a connection of its own.'
DEV=$(api POST /v1/environments '{"name":"Development"}' | pick 'it._id')
PROD=$(api GET /v1/environments | pick 'it.find(({production}) => production)._id')
DEV_TOKEN=$(api POST /v1/accesstokens "{\"name\":\"Development\",\"fullAccess\":true,\"_envId\":\"$DEV\"}" | pick 'it.token')
in_dev() { TOKEN=$DEV_TOKEN "$@"; }
SHOP=$(in_dev connection Test)
SOURCE=$(in_dev api POST /v1/integrations '{"name":"Shop to books"}' | pick 'it._id')
EXPORT=$(in_dev api POST /v1/exports "{\"name\":\"Orders\",\"_connectionId\":\"$SHOP\",\"adaptorType\":\"HTTPExport\",\"http\":{\"method\":\"GET\",\"relativeURI\":\"/orders\",\"response\":{\"resourcePath\":\"orders\"}}}" | pick 'it._id')
IMPORT=$(in_dev api POST /v1/imports "$(import_body "$SHOP" "$(mapping number '$.number'),$(mapping customer '$.customer'),$(mapping total '$.total')")" | pick 'it._id')
FLOW=$(in_dev api POST /v1/flows "$(flow_body "$SOURCE" "$EXPORT" "$IMPORT" '? 0 3 ? * *' false)" | pick 'it._id')
LIVE=$(connection Live)
# From one environment into another goes a token of the account; that of development stays in development.
TARGET=$(api POST "/v1/integrations/$SOURCE/clone" "{\"name\":\"Shop to books, live\",\"_envId\":\"$PROD\",\"connectionMap\":{\"$SHOP\":\"$LIVE\"}}" "Sluice-Environment: $DEV" | pick 'it._id')
LIVE_FLOW=$(api GET "/v1/flows?_sourceId=$FLOW" | pick 'it[0]._id')
LIVE_IMPORT=$(api GET "/v1/imports?_sourceId=$IMPORT" | pick 'it[0]._id')
api PATCH "/v1/flows/$LIVE_FLOW" '[{"op":"replace","path":"/disabled","value":false}]'
api PATCH "/v1/integrations/$TARGET" '[{"op":"replace","path":"/iLMIgnore","value":{"flow":["schedule"]}}]'
STABLE=$(api POST "/v1/integrations/$TARGET/revisions/create" '{"description":"Before the first release"}' | pick 'it.beforeRevisionHash')
echo "   production begins as ${STABLE:0:12}, its schedules are its own"

say '2. Development changes the mapping, the schedule, and adds a field. Somebody mends the same mapping in production.'
in_dev api PUT "/v1/imports/$IMPORT" "$(import_body "$SHOP" "$(mapping number '$.number'),$(mapping customer '$.customer'),$(mapping total 'Total of {{record.total}}'),$(mapping currency EUR)")" >/dev/null
in_dev api PATCH "/v1/flows/$FLOW" '[{"op":"replace","path":"/schedule","value":"? */5 * ? * *"}]'
api PUT "/v1/imports/$LIVE_IMPORT" "$(import_body "$LIVE" "$(mapping number '$.number'),$(mapping customer '$.customer'),$(mapping total '{{record.total}} EUR')")" >/dev/null
echo '   Production compared with development:'
changes "/v1/integrations/$TARGET/diff?to=$SOURCE&format=changes"

say '3. Production pulls.'
PULL=$(api POST "/v1/integrations/$TARGET/revisions/pull" "{\"_fromIntegrationId\":\"$SOURCE\",\"description\":\"Release 2\"}" | pick 'it._id')
REVISION="/v1/integrations/$TARGET/revisions/$PULL"
refused 409 api POST "/v1/integrations/$TARGET/revisions/pull" "{\"_fromIntegrationId\":\"$SOURCE\",\"description\":\"Again\"}"
changes "$REVISION/diff?format=changes"
api GET "$REVISION/conflicts" | pick 'it.map(({type, path, base, ours, theirs}) => "   in conflict: " + type + " " + path + "\n      base " + base + "\n      ours " + ours + "\n      theirs " + theirs).join("\n")'
expect 1 "$(api GET "$REVISION/conflicts" | pick 'it.length')" 'conflicts'
refused 409 api POST "$REVISION/apply"
echo '   and it is not applied before that is decided: 409'

say '4. Decided by a value, applied.'
api PUT "$REVISION/conflicts" "{\"conflicts\":[{\"type\":\"import\",\"_id\":\"$LIVE_IMPORT\",\"path\":\"mappings[generate=total].extract\",\"value\":\"\$.total\"}]}"
AFTER=$(api POST "$REVISION/apply" | pick 'it.afterRevisionHash')
changes "$REVISION/diff?format=changes"
expect '? 0 3 ? * *' "$(api GET "/v1/flows/$LIVE_FLOW" | pick 'it.schedule')" 'the schedule of production'
expect 4 "$(api GET "/v1/imports/$LIVE_IMPORT" | pick 'it.mappings.length')" 'mapped fields'
expect "$LIVE" "$(api GET "/v1/imports/$LIVE_IMPORT" | pick 'it._connectionId')" 'the connection of production'
run "$LIVE_FLOW" | pick '"   it runs: " + it.status + ", " + it.numSuccess + " through, " + it.numError + " failed"'

say '5. Taken back, to exactly what it was before.'
REVERT=$(api POST "/v1/integrations/$TARGET/revisions/revert" "{\"_revertToRevisionId\":\"$PULL\",\"to\":\"before\",\"description\":\"Back\"}" | pick 'it._id')
changes "/v1/integrations/$TARGET/revisions/$REVERT/diff?format=changes"
BEFORE=$(api GET "$REVISION" | pick 'it.beforeRevisionHash')
expect "$BEFORE" "$(api POST "/v1/integrations/$TARGET/revisions/$REVERT/apply" | pick 'it.afterRevisionHash')" 'the state is'
run "$LIVE_FLOW" | pick '"   it runs: " + it.status + ", " + it.numSuccess + " through, " + it.numError + " failed"'

say '6. And forward again: a revert can be reverted.'
FORWARD=$(api POST "/v1/integrations/$TARGET/revisions/revert" "{\"_revertToRevisionId\":\"$REVERT\",\"to\":\"before\",\"description\":\"Release 2 after all\"}" | pick 'it._id')
expect "$AFTER" "$(api POST "/v1/integrations/$TARGET/revisions/$FORWARD/apply" | pick 'it.afterRevisionHash')" 'the state is'
api GET "/v1/integrations/$TARGET/revisions" | pick 'it.toReversed().map(({type, status, description}) => "   " + type + " " + status + ": " + description).join("\n")'

say '7. As files for git: exported, changed by nobody, imported, nothing happens.'
FILES="$BASE/v1/integrations/$TARGET/files"
curl -sS -H "Authorization: Bearer $TOKEN" "$FILES" -o "$folder/files.zip"
put_files() { curl -sS -w '\n%{http_code}' -X PUT -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/zip' --data-binary "@$1" "$FILES${2:-}"; }
expect 204 "$(put_files "$folder/files.zip" | tail -n 1)" 'importing them answers'

say '8. Changed in the files, and something else in production meanwhile: planned, imported, and neither is lost.'
node docs/stories/edit-archive.js "$folder/files.zip" "imports/books.$LIVE_IMPORT.json" description 'From git'
api PATCH "/v1/flows/$LIVE_FLOW" '[{"op":"replace","path":"/schedule","value":"? 0 4 ? * *"}]'
put_files "$folder/files.zip" '?dryRun=true' | head -n 1 | pick 'it.changes.map(({change, type, name, fields}) => "   would be " + change + ": " + type + " " + name + " (" + fields.map(({path}) => path) + ")").join("\n")'
put_files "$folder/files.zip" | head -n 1 | pick 'it.notes.map(({message}) => "   " + message).join("\n")'
expect 'From git' "$(api GET "/v1/imports/$LIVE_IMPORT" | pick 'it.description')" 'the import says'
expect '? 0 4 ? * *' "$(api GET "/v1/flows/$LIVE_FLOW" | pick 'it.schedule')" 'the schedule of production'

say 'Done.'
