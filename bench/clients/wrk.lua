-- Tells bench/run what wrk counted, in one line that is easy to read. With BENCH_ROUTES=N in the environment, requests
-- go to N routes in turn instead of to one path.
local routes = tonumber(os.getenv("BENCH_ROUTES") or "0")

-- wrk makes each request anew as soon as this function exists, so it must not exist where one request will do.
if routes > 0 then
    local prepared = {}
    local at = 0

    function request()
        at = at % routes + 1
        local text = prepared[at]
        if not text then
            -- Not in order: neighbours in a list of routes would be neighbours in the processor's caches as well.
            text = wrk.format(nil, string.format("/r%05d/x", (at * 7919) % routes))
            prepared[at] = text
        end
        return text
    end
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format(
        "RESULT requests=%d us=%d connect=%d read=%d write=%d status=%d timeout=%d p50=%d p90=%d p99=%d max=%d\n",
        summary.requests, summary.duration, e.connect, e.read, e.write, e.status, e.timeout,
        latency:percentile(50), latency:percentile(90), latency:percentile(99), latency.max))
end
