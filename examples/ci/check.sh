#!/bin/sh
# Before a merge: the files are in order, and what a promotion would do is in the log. Fails on errors and on conflicts.
set -eu
sluice lint "$FOLDER"
code=0
sluice plan "$FOLDER" "$TARGET" || code=$?
# 2 says that something would change, which is what a merge is for.
[ "$code" -eq 2 ] || exit "$code"
