#!/bin/sh
# Builds kernel.wasm from these sources; with --check says whether the one here is what they give, byte for
# byte, as scripts/check does. Needs node, and the compiler that package-lock.json names (`npm ci`).
set -eu
cd "$(dirname "$0")"
PATH=$(cd ../../../../../.. && pwd)/node_modules/.bin:$PATH
out=${TMPDIR:-/tmp}/messina-kernel.$$.wasm
trap 'rm -f "$out"' EXIT
asc kernel.ts --outFile "$out" -O3 --noAssert --runtime stub --enable simd --use abort=
if [ "${1:-}" = --check ]; then
    cmp "$out" kernel.wasm || { echo "kernel.wasm is not what its sources give: run kernel/build.sh" >&2; exit 1; }
else
    cp "$out" kernel.wasm
    wc -c kernel.wasm
fi
