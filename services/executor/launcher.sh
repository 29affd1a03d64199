# The launcher: what happens on a MedPro host. POSIX sh, Linux with setsid(1); sent on the standard input of `sh` as one
# compound command, so that a text cut short runs nothing. Nothing is installed on the host.
#
# What comes before this text, quoted for the shell: op, mark, key, base, script, nonce, offset, first, word, grace_s,
# keep_days.
# The answer to every op is one line `$mark STATE name=value … host= dir=`; `start` and `follow` go on with the log's bytes.
#
#   absent     there is no run directory             exited    the script has ended: rc= size= at=
#   staged     prepared, nothing runs                orphaned  the wrapper is gone, processes of the script live
#   starting   claimed, not yet recorded             vanished  all are gone, and no exit status was left
#   running    the wrapper lives                     rebooted  as vanished: the host was started anew
#   error      why=                                  otherhost the run belongs to another machine
set -u
umask_before=$(umask)
umask 077
case $base in /*) ;; *) base=$HOME/$base ;; esac
D=$base/$key

# Answers that are asked for often are left in variables: `$(…)` forks, and a busy host starts hundreds of runs at once.
boot=none machine=
{ read -r boot < /proc/sys/kernel/random/boot_id; } 2>/dev/null
{ [ -s /etc/machine-id ] && read -r machine < /etc/machine-id; } 2>/dev/null
[ -n "$machine" ] || machine=$(uname -n)
size() { stat -c %s "$1" 2>/dev/null || wc -c < "$1" 2>/dev/null || echo 0; }
nap() { sleep "$1" 2>/dev/null || sleep 1; }
say() {
  born=
  { read -r born < "$D/born"; } 2>/dev/null
  printf '%s %s host=%s dir=%s\n' "$mark" "$*" "$machine" "$born"
}
fail() { say "error why=$1"; exit 1; }

process() { # PID -> its state, group, session and starttime, in variables; fails when gone. No fork: cancel looks at all.
  line=
  # The last line, and from it what follows the last bracket: a process may have any name.
  { while read -r part; do line=$part; done < "/proc/$1/stat"; } 2>/dev/null
  [ -n "$line" ] || return 1
  set -- ${line##*) }
  its_state=$1 its_group=$3 its_session=$4 its_start=${20}
}
lives() { case $its_state in Z* | X*) return 1 ;; esac; }
alive() { # PID STARTTIME: the same process, and not a zombie
  process "$1" && [ "$its_start" = "$2" ] && lives
}
members() { # the living processes of session SID, whose leader began at STARTTIME; none if another has its number now
  if process "$1"; then [ "$its_start" = "$2" ] || return 0; fi
  for entry in /proc/[0-9]*; do
    process "${entry#/proc/}" && lives && [ "$its_session" = "$1" ] && echo "${entry#/proc/}"
  done
  :
}
tagged() { # processes that were started with our key in their environment: finds what left the session
  grep -lsz "^MEDPRO_RUN_KEY=$key\$" /proc/[0-9]*/environ 2>/dev/null | sed 's,/proc/\([0-9]*\)/.*,\1,'
}
left() { # SID STARTTIME: both, each once
  { members "$1" "$2"; tagged; } | sort -un
}
outside() { # GROUP: of the processes on standard input, those that are not in it
  while read -r one; do
    process "$one" && [ "$its_group" != "$1" ] && echo "$one"
  done
  :
}
same_machine_and_boot() { [ "$recorded_machine" = "$machine" ] && [ "$recorded_boot" = "$boot" ]; }

look() { # sets state (and, where there is a wrapper's record, its variables)
  stop=none
  [ -f "$D/stop" ] && read -r stop < "$D/stop"
  [ -d "$D" ] || { state=absent; return; }
  ended && return
  [ -d "$D/started" ] || { state=staged; return; }
  if ! read -r wrapper wrapper_start recorded_boot began recorded_machine < "$D/wrapper" 2>/dev/null; then
    state="starting age=$(($(date +%s) - $(stat -c %Y "$D/started" 2>/dev/null || date +%s)))"
    return
  fi
  [ "$recorded_machine" = "$machine" ] || { state=otherhost; return; }
  age_of_script
  about="size=$(size "$D/log") age=$age stop=$stop"
  [ "$recorded_boot" = "$boot" ] || { ended || state="rebooted $about"; return; }
  if alive "$wrapper" "$wrapper_start"; then state="running $about"; return; fi
  ended && return # it may have ended between the two looks
  count=0
  if read -r leader leader_start < "$D/script" 2>/dev/null; then count=$(left "$leader" "$leader_start" | wc -l); fi
  if [ "$count" -gt 0 ]; then state="orphaned $about"; else state="vanished $about"; fi
}
ended() {
  [ -f "$D/exit" ] || return 1
  read -r result < "$D/exit"
  state="exited $result stop=$stop"
  if read -r wrapper wrapper_start recorded_boot began recorded_machine < "$D/wrapper" 2>/dev/null; then
    age_of_script
    state="$state age=$age"
  fi
}

age_of_script() { # in seconds, until this shell began, which is now: by ticks since the boot, for the clock may be set
  if [ "$recorded_boot" = "$boot" ] && [ "$wrapper_start" != 0 ] && process $$; then
    age=$(((its_start - wrapper_start) / $(getconf CLK_TCK 2>/dev/null || echo 100)))
  else
    age=$(($(date +%s) - began))
  fi
}

from() { # OFFSET -> the log from there; BusyBox's tail fails beyond 2 GiB
  dd if="$D/log" bs=65536 iflag=skip_bytes skip="$1" 2>/dev/null
}

follow() { # the log from byte $offset on; ends soon after the process that it watches
  watched=
  case $state in
  running*) watched=$wrapper watched_start=$wrapper_start ;;
  orphaned*) alive "$leader" "$leader_start" && watched=$leader watched_start=$leader_start ;;
  esac
  [ -f "$D/log" ] || exit 0
  case $(tail --version 2>/dev/null) in
  *GNU*)
    [ -n "$watched" ] || exec tail -c "+$first" "$D/log"
    # How late an end is seen: each look costs a busy host, and a short run lasts as much longer.
    exec tail -c "+$first" -f --pid="$watched" -s 0.1 "$D/log"
    ;;
  esac
  [ -n "$watched" ] || { from "$offset"; exit 0; }
  while :; do
    still=1
    alive "$watched" "$watched_start" || still=0
    now_bytes=$(size "$D/log")
    if [ "$now_bytes" -gt "$offset" ]; then
      from "$offset" | head -c $((now_bytes - offset)) || exit 1
      offset=$now_bytes
    elif [ "$still" = 0 ]; then
      exit 0
    else
      sleep 1
    fi
  done
}

case $op in
prepare | restage) # only prepare makes the run directory
  if [ "$op" = prepare ]; then
    mkdir -p "$base" || fail no-run-directory
    mkdir "$D" 2>/dev/null || [ -d "$D" ] || fail no-run-directory
    # Who it is: a directory that was removed and made again is another, in which nothing may start.
    [ -f "$D/born" ] || { echo "$nonce" > "$D/born.$nonce" && ln "$D/born.$nonce" "$D/born" 2>/dev/null; }
    rm -f "$D/born.$nonce"
    [ -s "$D/born" ] || fail no-space
  fi
  look
  [ "$state" = staged ] || { say "$state"; exit 0; }
  [ -e "$script" ] || fail script-missing
  [ -f "$script" ] && [ -x "$script" ] || fail script-not-executable
  command -v setsid > /dev/null || fail no-setsid
  cat > "$D/command.$nonce" <<'@COMMAND_END@' || fail no-space
@COMMAND@
@COMMAND_END@
  cat > "$D/launch.$nonce" <<'@LAUNCH_END@' || fail no-space
D=$1 nonce=$2 umask_before=$3
boot=none machine=
{ read -r boot < /proc/sys/kernel/random/boot_id; } 2>/dev/null
{ [ -s /etc/machine-id ] && read -r machine < /etc/machine-id; } 2>/dev/null
[ -n "$machine" ] || machine=$(uname -n)
began() { # PID -> when, in ticks since the boot, in a variable; 0 when gone
  line=
  { while read -r part; do line=$part; done < "/proc/$1/stat"; } 2>/dev/null
  set -- ${line##*) }
  ticks=${20:-0}
}
size() { stat -c %s "$1" 2>/dev/null || wc -c < "$1"; }
forget() { rm -f "$D"/command.* "$D"/launch.*; }
umask 077
mkdir "$D/started" 2>/dev/null || exit 0 # the one and only claim; who took it removes what others have staged
trap '' HUP INT QUIT TERM
for staged in "$D"/command.*; do [ "$staged" = "$D/command.$nonce" ] || rm -f "$staged"; done
for room in exit stop; do printf '%-80s\n' '' > "$D/$room.new"; done # taken now, in case the disk is full later
began $$
echo "$$ $ticks $boot $(date +%s) $machine" > "$D/wrapper.new" && mv "$D/wrapper.new" "$D/wrapper"
: >> "$D/log"
sync "$D" "$D/started" "$D/wrapper" 2>/dev/null || sync
if ! { [ -s "$D/wrapper" ] && [ -s "$D/exit.new" ] && [ -s "$D/stop.new" ] && [ -f "$D/log" ]; }; then
  forget # what cannot be recorded does not run; the claim is given back, for nothing has run
  rm -f "$D"/*.new "$D/wrapper" "$D/log"
  rmdir "$D/started"
  exit 1
fi
(
  trap - HUP INT QUIT TERM
  umask "$umask_before"
  exec setsid sh "$D/command.$nonce" < /dev/null >> "$D/log" 2>&1
) &
script=$!
began $script
echo "$script $ticks" > "$D/script.new" && mv "$D/script.new" "$D/script"
wait $script
rc=$?
printf '%-80s\n' "rc=$rc size=$(size "$D/log") at=$(date +%s)" 1<> "$D/exit.new"
sync "$D/log" "$D/exit.new" 2>/dev/null || sync
mv "$D/exit.new" "$D/exit"
sync "$D" 2>/dev/null || sync
forget
@LAUNCH_END@
  sync "$D" "$D/born" "$D/command.$nonce" "$D/launch.$nonce" 2>/dev/null || sync
  [ ! -d "$D/started" ] || rm -f "$D/command.$nonce" "$D/launch.$nonce" # claimed meanwhile
  look
  say "$state"
  ;;
start) # may be repeated by anyone: the claim is taken by the wrapper itself, right before the script
  look
  if [ "$state" = staged ] && [ -f "$D/launch.$nonce" ]; then
    # The wrapper gets a parent that only reaps it: `tail --pid` takes a zombie for alive, and neither we, who become
    # that tail, nor every machine's process 1 would reap it at once.
    (setsid sh -c 'sh "$@" & wait' reaper "$D/launch.$nonce" "$D" "$nonce" "$umask_before" < /dev/null > /dev/null 2>&1 &)
    tries=0
    while [ $tries -lt 500 ] && [ ! -f "$D/wrapper" ] && [ ! -f "$D/exit" ]; do
      tries=$((tries + 1))
      nap 0.02
    done
    look
  fi
  say "$state"
  follow
  ;;
follow)
  look
  say "$state"
  follow
  ;;
status)
  look
  say "$state"
  case $state in exited*) [ ! -f "$D/result.json" ] || head -c "$offset" "$D/result.json" ;; esac
  ;;
cancel)
  [ -d "$D" ] || { say absent; exit 0; }
  if mkdir "$D/started" 2>/dev/null; then # never started: the claim is ours, so that it never will
    echo "$word" > "$D/stop"
    echo "rc=claimed size=0 at=$(date +%s)" > "$D/exit.claimed" && mv "$D/exit.claimed" "$D/exit"
    rm -f "$D"/command.* "$D"/launch.*
    sync "$D" 2>/dev/null || sync
  fi
  look
  case $state in running* | orphaned*) ;; *) say "$state"; exit 0 ;; esac
  read -r leader leader_start < "$D/script" && same_machine_and_boot || { say "$state"; exit 0; }
  [ -n "$(left "$leader" "$leader_start")" ] || { say "$state"; exit 0; }
  [ -f "$D/stop" ] || { printf '%-80s\n' "$word" 1<> "$D/stop.new" && mv "$D/stop.new" "$D/stop"; }
  # Each gets TERM once: a second one could disturb its cleaning up.
  [ -z "$(members "$leader" "$leader_start")" ] || kill -TERM "-$leader" 2>/dev/null
  for one in $(left "$leader" "$leader_start" | outside "$leader"); do kill -TERM "$one" 2>/dev/null; done
  # By the clock, for a look at all processes takes its time on a busy host; by number, in case the clock is set back.
  tries=0 until=$(($(date +%s) + grace_s))
  while [ $tries -lt $((grace_s * 5)) ] && [ "$(date +%s)" -le $until ] && [ -n "$(left "$leader" "$leader_start")" ]; do
    tries=$((tries + 1))
    nap 0.2
  done
  for again in 1 2 3; do
    remaining=$(left "$leader" "$leader_start")
    [ -n "$remaining" ] || break
    kill -KILL $remaining 2>/dev/null
    nap 0.2
  done
  tries=0
  while [ $tries -lt 25 ] && [ ! -f "$D/exit" ] && alive "$wrapper" "$wrapper_start"; do
    tries=$((tries + 1))
    nap 0.2
  done
  remaining=$(left "$leader" "$leader_start" | wc -l)
  look
  say "$state left=$remaining"
  ;;
check) # is this a host to run on? then lines `NAME yes|no DETAIL`; nothing stays behind
  say checked
  found() { if "$@" > /dev/null 2>&1; then echo yes; else echo no; fi; }
  echo "setsid $(found command -v setsid) $(command -v setsid)"
  echo "proc $(found test -r /proc/self/stat) /proc"
  made=$(found mkdir -p "$base")
  [ "$made" = no ] || made=$(found mkdir "$base/check.$mark")
  rmdir "$base/check.$mark" 2>/dev/null
  echo "run-directory $made $base"
  free_kib=$(df -Pk "$base" 2>/dev/null | awk 'NR == 2 { print $4 }')
  echo "free-space $(found test "${free_kib:-0}" -ge 102400) $((${free_kib:-0} / 1024)) MiB"
  printf '%s\n' "$script" | while IFS= read -r one; do
    [ -n "$one" ] || continue
    if [ -f "$one" ] && [ -x "$one" ]; then echo "script yes $one"; else echo "script no $one"; fi
  done
  ;;
settle) # the outcome is committed; logs that were for keep_days go, started and exit stay: they keep a run from starting again
  if [ -d "$D" ]; then
    rm -f "$D"/command.* "$D"/launch.* "$D/stop.new"
    : > "$D/committed"
  fi
  find "$base/" -mindepth 2 -maxdepth 2 -name committed -mtime "+$keep_days" 2>/dev/null | head -n 100 |
    while read -r old; do
      rm -f "${old%/committed}/log" "${old%/committed}/result.json" "$old"
    done
  say settled
  ;;
esac
