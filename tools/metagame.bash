# SPDX-License-Identifier: MIT
# Written by tools/pages.py from metagame --help; do not edit.
_metagame() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]:-}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W 'text table game verify report compare --help --version' -- "$cur"))
    return
  fi
  case $command:$prev in
    text:--model) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    text:--instruction) return ;;
    text:--system) return ;;
    text:--answer) return ;;
    text:--cache-dir) return ;;
    text:--weights) COMPREPLY=($(compgen -W 'f32 stored' -- "$cur")); return ;;
    text:--threads) return ;;
    text:--parallel) return ;;
    text:--target) return ;;
    text:--generate) return ;;
    text:--players) COMPREPLY=($(compgen -W 'words tokens' -- "$cur")); return ;;
    text:--absent) return ;;
    text:--absent-token) return ;;
    text:--attributor) COMPREPLY=($(compgen -W 'gradient-norm gradient-x-input integrated-gradients attnlrp cp-lrp attention attention-rollout occlusion shapley banzhaf none' -- "$cur")); return ;;
    text:--inner-absent) COMPREPLY=($(compgen -W 'unknown zero delete mean hide' -- "$cur")); return ;;
    text:--start) COMPREPLY=($(compgen -W 'zero mean unknown' -- "$cur")); return ;;
    text:--nodes) return ;;
    text:--layer) return ;;
    text:--values) COMPREPLY=($(compgen -W 'llama graph' -- "$cur")); return ;;
    text:--budget) return ;;
    text:--precision) return ;;
    text:--half-width) return ;;
    text:--target-stderr) return ;;
    text:--resolve) COMPREPLY=($(compgen -W 'entries top ranking' -- "$cur")); return ;;
    text:--top-k) return ;;
    text:--confidence) return ;;
    text:--seconds) return ;;
    text:--seed) return ;;
    text:--solver) COMPREPLY=($(compgen -W 'auto exact regression permutation stratified gaussian' -- "$cur")); return ;;
    text:--outer) COMPREPLY=($(compgen -W 'shapley banzhaf' -- "$cur")); return ;;
    text:--memory) return ;;
    text:--batch) return ;;
    text:--json) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    text:--csv) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    text:--npy) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    text:--npy-stderr) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    text:--svg) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    text:--html) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    text:--title) return ;;
    text:--view) COMPREPLY=($(compgen -W 'matrix arcs net patches' -- "$cur")); return ;;
    text:--top) return ;;
    table:--x) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    table:--row) return ;;
    table:--background) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    table:--group) return ;;
    table:--xgboost) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    table:--command) return ;;
    table:--threads) return ;;
    table:--attributor) COMPREPLY=($(compgen -W 'none occlusion shapley banzhaf weighted-banzhaf shapley-sampling banzhaf-sampling' -- "$cur")); return ;;
    table:--inner-baseline) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    table:--output) return ;;
    table:--samples) return ;;
    table:--probability) return ;;
    table:--targets) return ;;
    table:--budget) return ;;
    table:--precision) return ;;
    table:--half-width) return ;;
    table:--target-stderr) return ;;
    table:--resolve) COMPREPLY=($(compgen -W 'entries top ranking' -- "$cur")); return ;;
    table:--top-k) return ;;
    table:--confidence) return ;;
    table:--seconds) return ;;
    table:--seed) return ;;
    table:--solver) COMPREPLY=($(compgen -W 'auto exact regression permutation stratified gaussian' -- "$cur")); return ;;
    table:--outer) COMPREPLY=($(compgen -W 'shapley banzhaf' -- "$cur")); return ;;
    table:--memory) return ;;
    table:--batch) return ;;
    table:--json) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    table:--csv) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    table:--npy) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    table:--npy-stderr) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    table:--svg) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    table:--html) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    table:--title) return ;;
    table:--view) COMPREPLY=($(compgen -W 'matrix arcs net patches' -- "$cur")); return ;;
    table:--top) return ;;
    game:--own-player) return ;;
    game:--attributor) COMPREPLY=($(compgen -W 'none occlusion shapley banzhaf weighted-banzhaf shapley-sampling banzhaf-sampling' -- "$cur")); return ;;
    game:--output) return ;;
    game:--samples) return ;;
    game:--players) return ;;
    game:--targets) return ;;
    game:--index) COMPREPLY=($(compgen -W 'shapley banzhaf sii k-sii stii fsii bii fbii chii moebius co-moebius sgv bgv context bivariate-shapley meta' -- "$cur")); return ;;
    game:--order) return ;;
    game:--max-order) return ;;
    game:--context) return ;;
    game:--probability) return ;;
    game:--inner) COMPREPLY=($(compgen -W 'shapley banzhaf occlusion' -- "$cur")); return ;;
    game:--budget) return ;;
    game:--precision) return ;;
    game:--half-width) return ;;
    game:--target-stderr) return ;;
    game:--resolve) COMPREPLY=($(compgen -W 'entries top ranking' -- "$cur")); return ;;
    game:--top-k) return ;;
    game:--confidence) return ;;
    game:--seconds) return ;;
    game:--seed) return ;;
    game:--solver) COMPREPLY=($(compgen -W 'auto exact regression permutation stratified gaussian' -- "$cur")); return ;;
    game:--outer) COMPREPLY=($(compgen -W 'shapley banzhaf' -- "$cur")); return ;;
    game:--memory) return ;;
    game:--batch) return ;;
    game:--json) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    game:--csv) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    game:--npy) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    game:--npy-stderr) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    game:--svg) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    game:--html) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    game:--title) return ;;
    game:--view) COMPREPLY=($(compgen -W 'matrix arcs net patches' -- "$cur")); return ;;
    game:--top) return ;;
    verify:--tolerance) return ;;
    report:--output | report:-o) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    report:--format) COMPREPLY=($(compgen -W 'html svg json csv npy npy-stderr' -- "$cur")); return ;;
    report:--title) return ;;
    report:--view) COMPREPLY=($(compgen -W 'matrix arcs net patches' -- "$cur")); return ;;
    report:--top) return ;;
    compare:--tolerance) return ;;
    compare:--k) return ;;
    compare:--json) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  case $cur in
    -*) ;;
    *) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  case $command in
    text) COMPREPLY=($(compgen -W '--model --instruction --system --answer --raw --cache-dir --weights --threads --parallel --target --generate --players --absent --absent-token --attributor --inner-absent --start --nodes --layer --values --per-step --budget --precision --half-width --target-stderr --resolve --top-k --confidence --seconds --seed --solver --outer --unpinned --evaluate --memory --batch --quiet --json --csv --npy --npy-stderr --svg --html --title --view --top --help' -- "$cur")) ;;
    table) COMPREPLY=($(compgen -W '--x --row --background --group --xgboost --command --margin --threads --attributor --inner-baseline --output --samples --probability --targets --budget --precision --half-width --target-stderr --resolve --top-k --confidence --seconds --seed --solver --outer --unpinned --evaluate --memory --batch --quiet --json --csv --npy --npy-stderr --svg --html --title --view --top --help' -- "$cur")) ;;
    game) COMPREPLY=($(compgen -W '--own-player --attributor --output --samples --players --targets --index --order --max-order --context --probability --inner --budget --precision --half-width --target-stderr --resolve --top-k --confidence --seconds --seed --solver --outer --unpinned --evaluate --memory --batch --quiet --json --csv --npy --npy-stderr --svg --html --title --view --top --help' -- "$cur")) ;;
    verify) COMPREPLY=($(compgen -W '--tolerance --show --quiet --help' -- "$cur")) ;;
    report) COMPREPLY=($(compgen -W '--output --format --title --view --top --no-script --help' -- "$cur")) ;;
    compare) COMPREPLY=($(compgen -W '--tolerance --k --json --quiet --help' -- "$cur")) ;;
  esac
}
complete -o filenames -F _metagame metagame
