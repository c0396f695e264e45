# shellcheck shell=bash
# Counts what test output says: each function prints "passed failed". Output that stops early,
# contradicts its own plan or says nothing counts as a failure. To be sourced.

# TAP, also as psql prints pgTAP's: with a leading space, among other output.
# tally_tap file [may-be-silent]
tally_tap() {
    awk -v may_be_silent="${2:-}" '
        /^ ?ok [0-9]+/ { passed++ }
        /^ ?not ok [0-9]+/ { failed++ }
        /^ ?1\.\.[0-9]+/ { split($1, bounds, /\.\./); plan += bounds[2]; planned = 1 }
        /^ ?Bail out!/ { bailed = 1 }
        END {
            silent = !passed && !failed && !planned
            if (bailed || (silent ? !may_be_silent : !planned || !plan || plan != passed + failed)) failed++
            print passed + 0, failed + 0
        }' "$1" 2>/dev/null || echo 0 1
}

# GoogleTest, one or more programs. Failed tests are named again at the end, without a time.
tally_gtest() {
    awk '
        /^\[=+\] Running [0-9]+ tests?/ { announced += $3 }
        /^\[       OK \]/ { passed++ }
        /^\[  SKIPPED \] .*\([0-9]+ ms\)$/ { skipped++ }
        /^\[  FAILED  \] .*\([0-9]+ ms\)$/ { failed++ }
        END {
            if (!announced || announced != passed + failed + skipped) failed++
            print passed + 0, failed + 0
        }' "$1" 2>/dev/null || echo 0 1
}

# pg_regress: the comparison of each file, and the pgTAP assertions inside its result.
# tally_regress log results-folder
tally_regress() {
    local result passed failed more_passed more_failed
    read -r passed failed < <(awk '
        / \.\.\. ok / { passed++ }
        / \.\.\. (failed|FAILED)/ && !/\(ignored\)/ { failed++ }
        END {
            if (!passed && !failed) failed++
            print passed + 0, failed + 0
        }' "$1")
    for result in "$2"/*.out; do
        [[ -e $result ]] || continue
        read -r more_passed more_failed < <(tally_tap "$result" may-be-silent)
        ((passed += more_passed, failed += more_failed)) || true
    done
    echo "$passed $failed"
}
