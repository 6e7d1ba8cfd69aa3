-- Payments for wrk: each request in the name of the next caller, each answer looked at.
-- Arguments: file of the callers (an Authorization header a line), path, content type, number of the first request,
-- what an answer must contain, body. In the body %d stands for the request's number.

local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

function init(arguments)
   callers, path, number = {}, arguments[2], tonumber(arguments[4])
   expected, body = arguments[5], arguments[6]
   refused, sample = 0, ""
   for line in io.lines(arguments[1]) do
      callers[#callers + 1] = { ["Authorization"] = line, ["Content-Type"] = arguments[3] }
   end
end

function request()
   local mine, number_text = number, tostring(number)
   number = number + 1
   return wrk.format("POST", path, callers[mine % #callers + 1], (body:gsub("%%d", number_text)))
end

function response(status, headers, text)
   if status ~= 200 or not text:find(expected, 1, true) then
      refused = refused + 1
      if sample == "" then
         sample = string.format("%d %s", status, text:sub(1, 300)):gsub('[%c"\\]', " ")
      end
   end
end

function done(summary, latency, requests)
   local refused, sample = 0, ""
   for _, thread in ipairs(threads) do
      refused = refused + thread:get("refused")
      if sample == "" then sample = thread:get("sample") end
   end
   local errors = summary.errors
   io.write(string.format(
      '\n{"requests": %d, "microseconds": %d, "p50": %d, "p95": %d, "p99": %d, "refused": %d, "broken": %d, "sample": "%s"}\n',
      summary.requests, summary.duration, latency:percentile(50), latency:percentile(95), latency:percentile(99),
      refused, errors.connect + errors.read + errors.write + errors.timeout, sample))
end
