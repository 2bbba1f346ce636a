# Runs Postgres for as long as somebody wants it. Started by server.ts as the account that owns the data, in a session of its own.
#
#   sh -c "$(cat supervisor.sh)" supervisor POSTGRES DATA RUN ALIVE REMOVE ARGUMENTS...
#
# DATA is the working folder; it, RUN and ALIVE are named from there.
#
# Who uses the server holds the FIFO ALIVE open for writing. The kernel closes it for a process that dies, however it dies, so the last one
# out - kill -9 included - is seen here as end of file, and Postgres is stopped. REMOVE is a folder to delete at the end, or empty.
set -u
postgres=$1 data=$2 run=$3 alive=$4 remove=$5
shift 5
# A terminal's Ctrl-C is for the program in front of it, which may still want to write.
trap '' INT HUP

mkfifo -m 600 "$alive" || exit 1
# Opening a FIFO for reading waits for a writer, so we are one ourselves until the starter has opened its end and says so (or has died).
exec 4<>"$alive" 3<"$alive"

stopping='' pm=''
trap 'stopping=1; [ -z "$pm" ] || kill -INT "$pm" 2>/dev/null' TERM

"$postgres" -D "$data" "$@" </dev/null >>"$run/log" 2>&1 3<&- 4>&- &
pm=$!
echo listening
read -r _
exec 4>&-

watch() {
  while :; do
    while read -r _ <&3; do :; done
    # Nobody holds it. Once the name is gone no one can join; who joined just before has left a line, and is kept.
    mv "$alive" "$alive.closing"
    read -r _ <&3 || break
    mv "$alive.closing" "$alive"
  done
  kill -TERM $$ 2>/dev/null
}
watch &
watcher=$!
exec 3<&- </dev/null >/dev/null

# A server that was killed is started again with the same port, so that its users need only connect anew. 200 tries cover a few crashes,
# each of which may need several until the dead server's children are gone; one that never got ready is not tried again.
tries=0
while :; do
  [ -z "$stopping" ] || kill -INT "$pm" 2>/dev/null
  while kill -0 "$pm" 2>/dev/null; do wait "$pm"; done
  [ -z "$stopping" ] || break
  case "$(sed -n 8p "$data/postmaster.pid" 2>/dev/null)" in ready*) ;; *) break ;; esac
  tries=$((tries + 1))
  [ "$tries" -le 200 ] || break
  sleep 0.02
  "$postgres" -D "$data" "$@" </dev/null >>"$run/log" 2>&1 &
  pm=$!
done

kill "$watcher" 2>/dev/null
rm -f "$alive" "$alive.closing"
[ -z "$remove" ] || rm -rf "$remove"
