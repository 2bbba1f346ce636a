# Sourced by ./e2e and ./check with $here set: brings node_modules and the build up to date, saying what it does on stderr.
# Quiet and quick (no Node process) when nothing has changed.

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$1"
  exit 3
}

# Runs a step with its output kept, and shows the end of it when the step fails.
step() {
  title=$1
  log=$here/.check/$2.log
  shift 2
  mkdir -p "$here/.check"
  say "$title"
  if ! "$@" >"$log" 2>&1; then
    tail -n 25 "$log" >&2
    fail "That did not work; the whole output is in $log"
  fi
}

ready() {
  command -v node >/dev/null 2>&1 || fail "Node.js >= 20.19 is needed to install (https://nodejs.org); it was not found on PATH."
  command -v npm >/dev/null 2>&1 || fail "npm is needed to install; it comes with Node.js and was not found on PATH."
  installed=$here/node_modules/.testimony-installed
  if [ ! -f "$installed" ] || [ "$here/package-lock.json" -nt "$installed" ]; then
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
      fail "Node.js >= 20.19 is needed, this is $(node --version). The program itself brings a newer one."
    [ -w "$here" ] || fail "This checkout is not installed, and you may not write to it: run ./e2e once as its owner."
    step "Installing packages (first time only, about a minute) ..." install npm ci --prefix "$here" --no-audit --no-fund --loglevel=error
    touch "$installed"
  fi
  built=$here/.check/built
  if [ ! -f "$built" ] || [ "$installed" -nt "$built" ] || [ -n "$(find "$here/libs" "$here/services" "$here/samples" "$here/tools" "$here/.swcrc" \
    \( -name node_modules -o -name dist -o -name .check -o -name .e2e \) -prune -o -newer "$built" -type f ! -name '*.spec.ts' -print -quit)" ]; then
    [ -w "$here" ] || fail "This checkout has changed since it was built, and you may not write to it: run ./e2e once as its owner."
    # Taken before the build: a file that changes while it runs must lead to another one.
    mkdir -p "$here/.check"
    : >"$built.new"
    # No daemon: it would outlive the command.
    (cd "$here" && NX_DAEMON=false NX_TUI=false step "Building ..." build npm run build)
    mv "$built.new" "$built"
  fi
}

ready
