const crypto = require("node:crypto");

/** Whether an event comes from us: its raw bytes, its header Stancer-Signature, the endpoint's secret in hexadecimal. */
function verify(body, header, secret, tolerance = 300) {
  const parts = header.split(",").map((part) => part.trim().split("="));
  const stamp = (parts.find(([name]) => name === "t") || [])[1] || "";
  if (!/^\d+$/.test(stamp) || Math.abs(Date.now() / 1000 - Number(stamp)) > tolerance) {
    return false; // not signed, or an old event sent again by somebody else
  }
  const key = Buffer.from(secret, "hex");
  const expected = crypto.createHmac("sha256", key).update(`${stamp}.`).update(body).digest();
  return parts
    .filter(([name]) => name === "v1") // two while a secret is being replaced
    .map(([, value]) => Buffer.from(value || "", "hex"))
    .some((given) => given.length === expected.length && crypto.timingSafeEqual(given, expected));
}
