#!/usr/bin/env bash
# A sample Integration App from publishing to uninstalling: two editions, a connection step, a form step, a child and an update. All over HTTP, on a Sluice of
# its own: `bash examples/shop-app/story.sh`. The publisher and the account that installs are two different ones.
source "$(dirname "$0")/../../docs/stories/stage.sh"
app=examples/shop-app
script() { node -e 'console.log(JSON.stringify({name:"Shop app",content:require("node:fs").readFileSync(process.argv[1],"utf8")}))' "$app/$1"; }

say '1. The publisher makes the template integration, its script and its flows, and publishes a connector with two editions.'
SCRIPT=$(api POST /v1/scripts "$(script app-1.js)" | pick 'it._id')
call() { echo "{\"_scriptId\":\"$SCRIPT\",\"function\":\"$1\"}"; }
step() { echo "{\"name\":\"$1\",\"type\":\"$2\",\"_scriptId\":\"$SCRIPT\",$3}"; }
SHOP=$(api POST /v1/connections "{\"name\":\"Shop\",\"type\":\"http\",\"http\":{\"mediaType\":\"json\",\"baseURI\":\"$APPLICATION\",\"ping\":{\"relativeURI\":\"/orders\",\"successPath\":\"orders\"},\"auth\":{\"type\":\"token\",\"token\":{\"token\":\"of-the-publisher\",\"location\":\"header\",\"headerName\":\"Authorization\",\"scheme\":\"Bearer\"}}}}" | pick 'it._id')
TEMPLATE=$(api POST /v1/integrations "{\"name\":\"Shop app\",\"version\":\"1.0.0\",
  \"installSteps\":[$(step 'Connect your shop' connection "\"_connectionId\":\"$SHOP\",\"function\":\"connected\""),
    $(step 'Choose a region' form '"initFormFunction":"regionForm","function":"regionChosen"'),
    {\"name\":\"Install flows\",\"type\":\"template_zip\",\"templateZip\":true}],
  \"uninstallSteps\":[$(step 'Say goodbye' hidden '"function":"goodbye"')],
  \"initChild\":$(call newStore),\"update\":$(call update),\"changeEdition\":$(call changeEdition)}" | pick 'it._id')
flow() {
  local hook=$2 export import
  export=$(api POST /v1/exports "{\"name\":\"$1\",\"_connectionId\":\"$SHOP\",\"adaptorType\":\"HTTPExport\",\"http\":{\"method\":\"GET\",\"relativeURI\":\"/orders\",\"response\":{\"resourcePath\":\"orders\"}}$hook}" | pick 'it._id')
  import=$(api POST /v1/imports "{\"name\":\"$1\",\"_connectionId\":\"$SHOP\",\"adaptorType\":\"HTTPImport\",\"http\":{\"method\":[\"POST\"],\"relativeURI\":[\"/books\"]}}" | pick 'it._id')
  api POST /v1/flows "{\"name\":\"$1\",\"_integrationId\":\"$TEMPLATE\",\"pageGenerators\":[{\"_exportId\":\"$export\"}],\"pageProcessors\":[{\"type\":\"import\",\"_importId\":\"$import\"}]}" | pick 'it._id'
}
ORDERS=$(flow 'Orders to books' ",\"hooks\":{\"preSavePage\":$(call onlyWithCustomer)}")
REFUNDS=$(flow 'Refunds to books' '')
STORES=$(flow 'Orders of one store' '')
EDITION="\"childResources\":{\"flows\":[\"$STORES\"]},\"resources\":{\"flows\""
api POST /v1/connectors "{\"name\":\"Shop app\",\"published\":true,\"framework\":\"twoDotZero\",\"twoDotZero\":{\"_integrationId\":\"$TEMPLATE\",\"editions\":[
  {\"displayName\":\"Starter\",\"order\":0,$EDITION:[\"$ORDERS\"]}},{\"displayName\":\"Premium\",\"order\":1,$EDITION:[\"$ORDERS\",\"$REFUNDS\"]}}]}}" >"$folder/connector"
CONNECTOR=$(pick 'it._id' <"$folder/connector")
STARTER=$(pick 'it.twoDotZero.editions[0]._id' <"$folder/connector")
PREMIUM=$(pick 'it.twoDotZero.editions[1]._id' <"$folder/connector")
expect 2 "$(pick 'it.twoDotZero.editions.length' <"$folder/connector")" 'editions'

say '2. A shop keeper with an account of their own finds nothing, until the publisher gives them a licence.'
PUBLISHER=$TOKEN
KEEPER=$(npx sluice user add keeper@example.com --json | pick 'it.token')
TOKEN=$KEEPER
refused 404 api POST "/v1/connectors/$CONNECTOR/install"
TOKEN=$PUBLISHER
LICENSE=$(api POST "/v1/connectors/$CONNECTOR/licenses" "{\"user\":{\"email\":\"keeper@example.com\"},\"_editionId\":\"$STARTER\",\"expires\":\"2099-01-01T00:00:00.000Z\"}" | pick 'it._id')
TOKEN=$KEEPER
expect 1 "$(api GET /v1/licenses | pick 'it.length')" 'licences of the account'

say '3. What would run is shown before anything is installed.'
api GET "/v1/connectors/$CONNECTOR/install/preview" >"$folder/preview"
pick <"$folder/preview" 'it.functions.map(({path,script,function:name}) => `   ${script}: ${name} (${path})`).concat(it.scripts.map(({name,content,sha256}) => `   ${name}: ${content.split("\n").length} lines, sha256 ${sha256.slice(0, 12)}`)).join("\n")'

say '4. It is installed, step by step. A step out of turn, a connection that does not answer its ping and a form that is not filled in are refused.'
SHOWN=$(pick 'it.sha256' <"$folder/preview")
APP=$(api POST "/v1/connectors/$CONNECTOR/install" "{\"name\":\"My shop\",\"sha256\":\"$SHOWN\"}" | pick 'it._id')
at="/v1/integrations/$APP/installSteps"
refused 422 api POST "$at/1" '{}'
refused 422 api POST "$at/0" "{\"connection\":{\"name\":\"My shop\",\"http\":{\"baseURI\":\"$APPLICATION/elsewhere\",\"mediaType\":\"json\"}}}"
api POST "$at/0" "{\"connection\":{\"name\":\"My shop\",\"http\":{\"baseURI\":\"$APPLICATION\",\"mediaType\":\"json\"}}}" >/dev/null
api POST "$at/1/show" | pick '"   the form asks for: " + Object.keys(it.form.fieldMap).join(", ")'
refused 422 api POST "$at/1" '{"formSubmission":{"region":"Mars"}}'
api POST "$at/1" '{"formSubmission":{"region":"EU"}}' >/dev/null
api POST "$at/2" >"$folder/installed"
expect settings "$(pick 'it.mode' <"$folder/installed")" 'mode'
expect EU "$(pick 'it.settings.region' <"$folder/installed")" 'region, as the function of the step kept it'
expect 'Orders to books' "$(api GET "/v1/integrations/$APP/flows" | pick 'it.map(({name}) => name).join()')" 'flows of the edition Starter'

say '5. Its flow runs, with the hook of the publisher; what it is made of is locked, what it exposes is not.'
FLOW=$(api GET "/v1/integrations/$APP/flows" | pick 'it[0]._id')
refused 422 api PUT "/v1/flows/$FLOW" '{"name":"Mine","pageGenerators":[]}'
refused 422 api DELETE "/v1/flows/$FLOW"
api PATCH "/v1/flows/$FLOW" '[{"op":"replace","path":"/disabled","value":false}]'
run "$FLOW" >"$folder/job"
expect 'completed 4 0' "$(pick '`${it.status} ${it.numSuccess} ${it.numError}`' <"$folder/job")" 'run, booked, failed (the third order has no customer: the hook left it out)'

say '6. A child for a store.'
CHILD=$(api POST "/v1/integrations/$APP/initChild" | pick 'it._id')
expect 'Store of My shop' "$(api GET "/v1/integrations/$APP/tree/metadata" | pick 'it.childIntegrations[0].name')" 'child'
expect 'Orders of one store' "$(api GET "/v1/integrations/$CHILD/flows" | pick 'it[0].name')" 'its flow'

say '7. The publisher updates: the first try fails and changes nothing, the second brings version 2.'
TOKEN=$PUBLISHER
api PUT "/v1/connectors/$CONNECTOR/update" "{\"_integrationIds\":[\"$APP\"]}" | pick '"   " + it[0].error'
api PUT "/v1/scripts/$SCRIPT" "$(script app-2.js)" >/dev/null
expect 'true 2.0.0' "$(api PUT "/v1/connectors/$CONNECTOR/update" "{\"_integrationIds\":[\"$APP\"]}" | pick '`${it[0].updated} ${it[0].version}`')" 'updated to'
expect '2.0.0,1.0.0' "$(api GET "/v1/connectors/$CONNECTOR/installBase" | pick 'it.map(({version}) => version).join()')" 'versions in the install base (the app and its child)'

say '8. A larger edition.'
api PUT "/v1/connectors/$CONNECTOR/licenses/$LICENSE" "{\"_editionId\":\"$PREMIUM\",\"expires\":\"2099-01-01T00:00:00.000Z\"}" >/dev/null
TOKEN=$KEEPER
expect Premium "$(api POST "/v1/integrations/$APP/changeEdition" | pick 'it.settings.edition')" 'edition'
expect 'Orders to books,Refunds to books' "$(api GET "/v1/integrations/$APP/flows" | pick 'it.map(({name}) => name).sort().join()')" 'flows'

say '9. The licence expires, and is renewed.'
TOKEN=$PUBLISHER
api PUT "/v1/connectors/$CONNECTOR/licenses/$LICENSE" "{\"_editionId\":\"$PREMIUM\",\"expires\":\"2020-01-01T00:00:00.000Z\"}" >/dev/null
TOKEN=$KEEPER
refused 422 api POST "/v1/flows/$FLOW/run" '{}'
refused 422 api PUT "/v1/integrations/$APP/resume"
TOKEN=$PUBLISHER
api PUT "/v1/connectors/$CONNECTOR/licenses/$LICENSE" "{\"_editionId\":\"$PREMIUM\",\"expires\":\"2099-01-01T00:00:00.000Z\"}" >/dev/null
TOKEN=$KEEPER
api PUT "/v1/integrations/$APP/resume" >/dev/null
expect completed "$(run "$FLOW" | pick 'it.status')" 'run'

say '10. It is uninstalled, with its child; the connection stays and the licence is free.'
refused 422 api DELETE "/v1/integrations/$APP"
expect uninstall "$(api POST "/v1/integrations/$APP/uninstall" | pick 'it.mode')" 'mode'
api POST "/v1/integrations/$APP/uninstallSteps/0"
refused 404 api GET "/v1/integrations/$APP"
refused 404 api GET "/v1/integrations/$CHILD"
expect 1 "$(api GET /v1/connections | pick 'it.length')" 'connections'
expect '' "$(api GET /v1/licenses | pick 'it[0]._integrationId ?? ""')" 'installation of the licence'
say 'Done.'
