/* Makes the page quicker to use; nothing here is needed to pay. No data leaves the page but the form itself, and messages to a
   page that frames this one. */
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const digitsOf = (text) => text.replace(/\D/g, "");
  const CO_BADGED = /^(4000002500|4970|4978|5132|5131)/;
  const BRANDS = [
    ["amex", /^3[47]/, [15], [4, 6, 5]],
    ["visa", /^4/, [13, 16, 19], [4, 4, 4, 4, 3]],
    ["mastercard", /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16], [4, 4, 4, 4]],
  ];
  const brandOf = (number) => BRANDS.find(([, start]) => start.test(number)) || ["", null, [13, 14, 15, 16, 17, 18, 19], [4, 4, 4, 4, 3]];

  function luhn(number) {
    let sum = 0;
    [...number].reverse().forEach((digit, place) => {
      const value = Number(digit) * (place % 2 ? 2 : 1);
      sum += value > 9 ? value - 9 : value;
    });
    return sum % 10 === 0;
  }

  function grouped(number) {
    const groups = [];
    let rest = number;
    for (const size of brandOf(number)[3]) {
      if (!rest) break;
      groups.push(rest.slice(0, size));
      rest = rest.slice(size);
    }
    return groups.join(" ");
  }

  function expiryText(text, deleting) {
    let digits = digitsOf(text);
    if (/^[2-9]$/.test(digits) || /^1\s*\//.test(text)) digits = "0" + digits;
    if (digits.length > 4) digits = digits.slice(0, 2) + digits.slice(digits.length >= 6 ? 4 : 2, digits.length >= 6 ? 6 : 4);
    if (digits.length < 2 || (digits.length === 2 && deleting)) return digits;
    return digits.slice(0, 2) + " / " + digits.slice(2);
  }

  /* Rewrites a field and keeps the caret behind the same digit. */
  function rewrite(field, text) {
    if (field.value === text) return;
    const before = digitsOf(field.value.slice(0, field.selectionStart)).length;
    const atEnd = field.selectionStart === field.value.length;
    field.value = text;
    if (document.activeElement !== field) return;
    let place = 0;
    for (let seen = 0; place < text.length && seen < before; place += 1) if (/\d/.test(text[place])) seen += 1;
    if (atEnd) place = text.length;
    field.setSelectionRange(place, place);
  }

  function enhanceForm(form) {
    const number = $("number"), expiry = $("expiry"), cvc = $("cvc"), button = $("pay"), brands = $("brands");
    let sent = false;

    const problems = {
      number() {
        const value = digitsOf(number.value);
        if (!value) return "number_missing";
        return brandOf(value)[2].includes(value.length) && luhn(value) ? "" : "number_invalid";
      },
      expiry() {
        const value = digitsOf(expiry.value);
        if (!value) return "expiry_missing";
        const month = Number(value.slice(0, 2)), year = 2000 + Number(value.slice(-2));
        if (value.length !== 4 || month < 1 || month > 12) return "expiry_invalid";
        const today = new Date();
        return year < today.getFullYear() || (year === today.getFullYear() && month <= today.getMonth()) ? "expiry_past" : "";
      },
      cvc() {
        const length = brandOf(digitsOf(number.value))[0] === "amex" ? 4 : 3;
        if (!cvc.value) return "cvc_missing";
        return /^\d+$/.test(cvc.value) && cvc.value.length === length ? "" : "cvc_invalid";
      },
    };

    function show(field, problem) {
      const place = $(field.id + "-error");
      place.hidden = !problem;
      place.querySelector("span").textContent = problem ? form.getAttribute("data-" + problem) : "";
      if (problem) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
      return !problem;
    }

    function paintBrand() {
      const value = digitsOf(number.value), brand = brandOf(value)[0];
      brands.classList.toggle("known", Boolean(brand));
      for (const icon of brands.children) {
        const name = icon.getAttribute("data-brand");
        icon.classList.toggle("on", name === brand || (name === "cb" && CO_BADGED.test(value)));
      }
      cvc.placeholder = brand === "amex" ? "1234" : "123";
    }

    number.addEventListener("input", () => { rewrite(number, grouped(digitsOf(number.value).slice(0, 19))); paintBrand(); });
    expiry.addEventListener("input", (event) => rewrite(expiry, expiryText(expiry.value, /^delete/.test(event.inputType || ""))));
    cvc.addEventListener("input", () => rewrite(cvc, digitsOf(cvc.value).slice(0, 4)));
    for (const field of [number, expiry, cvc]) {
      field.addEventListener("blur", () => { if (field.value) show(field, problems[field.id]()); });
      field.addEventListener("input", () => { if (field.hasAttribute("aria-invalid") && !problems[field.id]()) show(field, ""); });
    }

    form.addEventListener("submit", (event) => {
      if (sent) { event.preventDefault(); return; }
      const wrong = [number, expiry, cvc].filter((field) => !show(field, problems[field.id]()));
      if (wrong.length) { event.preventDefault(); wrong[0].focus(); return; }
      sent = true;
      button.setAttribute("aria-disabled", "true");
      button.dataset.label = button.querySelector("span").textContent;
      button.querySelector("span").textContent = $("progress").textContent = button.dataset.busy;
    });
    window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

    for (const test of document.querySelectorAll("[data-fill]")) {
      test.addEventListener("click", () => {
        number.value = grouped(test.dataset.fill);
        expiry.value = test.dataset.expiry;
        cvc.value = "123";
        for (const field of [number, expiry, cvc]) show(field, "");
        paintBrand();
        const list = test.closest("details");
        if (list) list.open = false;
        button.focus();
      });
    }
    paintBrand();
  }

  /* A form without card fields, such as the issuer's: only the second click is stopped. */
  function sendOnce(form) {
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) { event.preventDefault(); return; }
      sent = true;
      const button = event.submitter;
      if (button && button.dataset.busy) {
        button.setAttribute("aria-disabled", "true");
        button.querySelector("span").textContent = button.dataset.busy;
      }
    });
    window.addEventListener("pageshow", () => { sent = false; });
  }

  /* Messages to the page that frames this one, and leaving for the next address. */
  function talk(body) {
    const framed = window.parent !== window;
    const next = body.dataset.url || null, go = body.dataset.go;
    let stopped = false;
    const tell = (status) => {
      if (!framed) return;
      const size = body.getBoundingClientRect();
      window.parent.postMessage({
        status, width: Math.ceil(size.width), height: Math.ceil(size.height),
        url: status === "init" ? null : next, paymentStatus: body.dataset.paymentStatus || null,
      }, "*");
    };
    if (framed) {
      body.classList.add("framed");
      window.addEventListener("message", (event) => {
        if (event.source === window.parent && event.data && event.data.stopRedirection === true) stopped = true;
      });
      tell("init");
      new ResizeObserver(() => tell("init")).observe(body);
    }
    for (const status of (body.dataset.message || "").split(" ")) if (status && status !== "init") tell(status);
    if (!go || !next) return;
    if (!framed) { location.replace(next); return; }
    if (go === "self") { location.replace(next); return; }
    /* The page that frames us may answer "finished" by asking to stay: it gets a moment to do so. */
    setTimeout(() => {
      if (stopped) body.classList.add("staying");
      else window.top.location.href = next;
    }, 600);
  }

  function keepChecking(link) {
    setTimeout(() => location.replace(link.dataset.check), 1500);
  }

  const form = $("card");
  if (form) enhanceForm(form);
  for (const plain of document.querySelectorAll("form.once")) sendOnce(plain);
  const check = document.querySelector("[data-check]");
  if (check) keepChecking(check);
  if (document.body.dataset.message) talk(document.body);
})();
