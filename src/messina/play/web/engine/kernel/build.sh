#!/bin/sh
# Builds kernel.wasm from these sources, or with --check says whether the one here is what they give.
# Needs node; fetches the one compiler version that makes the file bit for bit.
set -eu
export LC_ALL=C
cd "$(dirname "$0")"
compiler=0.28.20
out=${TMPDIR:-/tmp}/messina-kernel.$$.wasm
trap 'rm -f "$out"' EXIT
npx --yes --package "assemblyscript@$compiler" asc kernel.ts --outFile "$out" \
    -O3 --noAssert --runtime stub --enable simd --use abort=
if [ "${1:-}" = --check ]; then
    cmp "$out" kernel.wasm && echo "kernel.wasm is what its sources give"
else
    cp "$out" kernel.wasm
    cat *.ts kernel.wasm | sha256sum | cut -d" " -f1 > kernel.sha256
    wc -c kernel.wasm
fi
