#!/bin/sh
# After a merge: the files become a revision of the target, merged with what was changed there. Fails with 3 on conflicts, and then nothing was changed.
set -eu
sluice push "$FOLDER" --integration "$TARGET" --description "${DESCRIPTION:-Promoted by the pipeline}"
