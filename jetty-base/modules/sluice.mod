[description]
Drains the server when it stops: every exchange that can be finished is, within a deadline, and the others are named in
the log. Reads requests as strictly as Sluice does by itself.

[tags]
server
sluice

[depend]
server

# What is inserted last is around everything, and connectors have to have all their protocols by then.
[after]
http
http2
http2c
https
ssl
unixdomain-http
rewrite
gzip
compression
statistics
qos
thread-limit
size-limit
requestlog

[lib]
lib/sluice/sluice-jetty.jar
lib/sluice/jackson-core.jar

[xml]
etc/sluice-drain.xml

[ini-template]
## From the start of a drain to the moment at which what is left is cut, in milliseconds.
# sluice.drain.deadline=10000

## How long idle connections stay open meanwhile, in milliseconds.
# sluice.drain.linger=1000

## Within which WebSockets are told to end, in milliseconds.
# sluice.drain.spread=1000

## How long before that readiness is taken back, in milliseconds, and the path at which load balancers ask for it on every
## listener: 200, or 503 from then on. Without a path nobody can ask.
# sluice.drain.announce=0
# sluice.drain.readyPath=/readyz

## A file that the account of each drain is written to, which the next one replaces, or a directory with a file for each.
# sluice.drain.ledger=${jetty.base}/logs/ledger.json
