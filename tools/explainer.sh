#!/usr/bin/env bash
# From nothing to the shipped explainer: songs to hear, the base, the explainer on top of it. About 75 minutes on two cores.
# Weights and card land in runs/explainer-embedded/version_0/pretrained; SHIP=1 puts them into explainer/pretrained.
set -euo pipefail
cd "$(dirname "$0")/.."
BIN=${BIN:-.venv/bin}

[ -d data/synth ] || "$BIN"/mixconsole synth --songs 60 --seconds 40 --seed 1 --out data/synth
[ -d data/explainer-base ] || {
  "$BIN"/python train.py fit -c configs/explainer/base.yaml
  mkdir -p data
  cp -r "$(ls -d runs/explainer-base/version_*/pretrained | sort -V | tail -1)" data/explainer-base
}
"$BIN"/python train.py fit -c configs/explainer/embedded.yaml
if [ "${SHIP:-0}" = 1 ]; then
  made=$(ls -d runs/explainer-embedded/version_*/pretrained | sort -V | tail -1)
  cp "$made"/*.json "$made"/*.safetensors explainer/pretrained/
  rm -rf explainer/pretrained/base && cp -r "$made"/base explainer/pretrained/base
fi
