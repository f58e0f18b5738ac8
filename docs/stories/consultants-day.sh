#!/usr/bin/env bash
# A consultant's day: two environments, a colleague who may look and not touch, an integration of six flows cloned into the sandbox, run there, its
# errors assigned; the original deleted by mistake, and restored whole. Starts a Sluice of its own; `bash docs/stories/consultants-day.sh`.
source "$(dirname "$0")/stage.sh"

say '1. Two environments: production came with the account, the sandbox is made.'
SANDBOX=$(api POST /v1/environments '{"name":"Sandbox"}' | pick 'it._id')
api GET /v1/environments | pick 'it.map(({name}) => "   " + name).join("\n")'
SANDBOX_TOKEN=$(api POST /v1/accesstokens "{\"name\":\"Sandbox work\",\"fullAccess\":true,\"_envId\":\"$SANDBOX\"}" | pick 'it.token')

say '2. Connections, and an integration of six flows.'
connection() { api POST /v1/connections "{\"name\":\"$1\",\"type\":\"http\",\"http\":{\"mediaType\":\"json\",\"baseURI\":\"$APPLICATION\",\"auth\":{\"type\":\"token\",\"token\":{\"token\":\"secret-of-$1\",\"location\":\"header\",\"headerName\":\"Authorization\",\"scheme\":\"Bearer\"}}}}" | pick 'it._id'; }
SHOP=$(connection Shop)
BOOKS=$(connection Books)
SPARE=$(connection Spare)
INTEGRATION=$(api POST /v1/integrations '{"name":"Shop to books","flowGroupings":[{"name":"Orders"}]}' | pick 'it._id')
GROUP=$(api GET "/v1/integrations/$INTEGRATION" | pick 'it.flowGroupings[0]._id')
api PUT "/v1/integrations/$INTEGRATION/connections/$SPARE/register"
PREVIOUS=
for number in 1 2 3 4 5 6; do
  EXPORT=$(api POST /v1/exports "{\"name\":\"Orders $number\",\"_connectionId\":\"$SHOP\",\"adaptorType\":\"HTTPExport\",\"traceKeyTemplate\":\"{{record.number}}\",\"http\":{\"method\":\"GET\",\"relativeURI\":\"/orders\",\"response\":{\"resourcePath\":\"orders\"}}}" | pick 'it._id')
  IMPORT=$(api POST /v1/imports "{\"name\":\"Books $number\",\"_connectionId\":\"$BOOKS\",\"adaptorType\":\"HTTPImport\",\"http\":{\"method\":[\"POST\"],\"relativeURI\":[\"/books\"]}}" | pick 'it._id')
  NEXT=$([ -n "$PREVIOUS" ] && echo ",\"_runNextFlowIds\":[\"$PREVIOUS\"]" || true)
  PREVIOUS=$(api POST /v1/flows "{\"name\":\"Flow $number\",\"_integrationId\":\"$INTEGRATION\",\"_flowGroupingId\":\"$GROUP\",\"disabled\":false,\"pageGenerators\":[{\"_exportId\":\"$EXPORT\"}],\"pageProcessors\":[{\"type\":\"import\",\"_importId\":\"$IMPORT\"}]$NEXT}" | pick 'it._id')
done
expect 6 "$(api GET "/v1/integrations/$INTEGRATION/flows" | pick 'it.length')" 'flows'
expect 3 "$(api GET "/v1/integrations/$INTEGRATION/connections" | pick 'it.length')" 'registered connections (two by use, one by hand)'

say '3. A colleague is invited as monitor.'
COLLEAGUE=$(npx sluice user add colleague@example.com --json)
COLLEAGUE_TOKEN=$(pick 'it.token' <<<"$COLLEAGUE")
api POST /v1/invite '{"email":"colleague@example.com","accessLevel":"monitor"}' >/dev/null
SHARE=$(TOKEN=$COLLEAGUE_TOKEN api GET /v1/shared/ashares | pick 'it[0]._id')
TOKEN=$COLLEAGUE_TOKEN api PUT "/v1/ashares/$SHARE/accept" >/dev/null
as_colleague() { TOKEN=$COLLEAGUE_TOKEN api "$1" "$2" "${3:-}" "integrator-ashareid: $SHARE"; }
expect 'Shop to books' "$(as_colleague GET "/v1/integrations/$INTEGRATION" | pick 'it.name')" 'the colleague sees'
refused 403 as_colleague DELETE "/v1/integrations/$INTEGRATION"
echo '   and may not delete it: 403'
expect colleague@example.com "$(api GET "/v1/integrations/$INTEGRATION/ashares" | pick 'it[0].sharedWithUser.email')" 'the integration is shared with'

say '4. The integration goes into the sandbox, with a connection map.'
in_sandbox() { TOKEN=$SANDBOX_TOKEN api "$@"; }
SANDBOX_SHOP=$(TOKEN=$SANDBOX_TOKEN connection SandboxShop)
SANDBOX_BOOKS=$(TOKEN=$SANDBOX_TOKEN connection SandboxBooks)
api GET "/v1/integrations/$INTEGRATION/clone/preview" | pick '"   the preview lists " + it.objects.length + " documents, and " + (JSON.stringify(it).includes("secret-of-") ? "A SECRET" : "no secret")'
CLONE=$(api POST "/v1/integrations/$INTEGRATION/clone" "{\"name\":\"Shop to books, sandbox\",\"_envId\":\"$SANDBOX\",\"connectionMap\":{\"$SHOP\":\"$SANDBOX_SHOP\",\"$BOOKS\":\"$SANDBOX_BOOKS\"}}" | pick 'it._id')
expect 6 "$(in_sandbox GET "/v1/integrations/$CLONE/flows" | pick 'it.length')" 'flows in the sandbox'
expect 6 "$(in_sandbox GET "/v1/integrations/$CLONE/flows" | pick 'it.filter(({disabled}) => disabled).length')" 'of them switched off until somebody turns them on'
expect true "$(in_sandbox GET "/v1/integrations/$CLONE/connections" | pick 'it.some(({offline}) => offline)')" 'the connection that was not mapped waits for its secret'
refused 404 api GET "/v1/integrations/$CLONE"
echo '   and from production it is a 404'
as_colleague GET "/v1/integrations/$INTEGRATION/clonefamily" | pick 'it.map(({name}) => "   in the family: " + name).join("\n")'

say '5. It runs there; what failed is assigned.'
FLOW=$(in_sandbox GET "/v1/integrations/$CLONE/flows" | pick 'it.find(({name}) => name === "Flow 1")._id')
in_sandbox PATCH "/v1/flows/$FLOW" '[{"op":"replace","path":"/disabled","value":false}]'
JOB=$(TOKEN=$SANDBOX_TOKEN run "$FLOW")
pick '"   " + it.status + ": " + it.numSuccess + " through, " + it.numError + " failed"' <<<"$JOB"
STEP=$(in_sandbox GET "/v1/flows/$FLOW" | pick 'it.pageProcessors[0]._importId')
ERRORS=$(in_sandbox GET "/v1/flows/$FLOW/$STEP/errors")
pick '"   " + it.errors[0].message' <<<"$ERRORS"
expect 1 "$(in_sandbox PUT "/v1/flows/$FLOW/$STEP/errors/assign" "{\"errorIds\":$(pick 'it.errors.map(({errorId}) => errorId)' <<<"$ERRORS"),\"email\":\"colleague@example.com\"}" | pick 'it.errorsToReturn.length')" 'errors assigned to the colleague'

say '6. The original is deleted by mistake, and restored whole.'
count() { for of in flows exports imports; do api GET "/v1/integrations/$INTEGRATION/$of" | pick 'it?.length ?? 0'; done | paste -sd' '; }
BEFORE="$(count)"
api DELETE "/v1/integrations/$INTEGRATION"
refused 404 api GET "/v1/integrations/$INTEGRATION"
echo '   gone: 404'
api GET /v1/recycleBinTTL | pick '"   in the bin: " + Object.entries(Object.groupBy(it, ({model}) => model)).map(([model, of]) => of.length + " " + model).join(", ")'
api POST "/v1/recycleBinTTL/integrations/$INTEGRATION/doCascadeRestore" >/dev/null
expect "$BEFORE" "$(count)" 'flows, exports and imports as before'
expect completed "$(run "$(api GET "/v1/integrations/$INTEGRATION/flows" | pick 'it.find(({name}) => name === "Flow 1")._id')" | pick 'it.status')" 'and its first flow runs'

say 'A good day.'
