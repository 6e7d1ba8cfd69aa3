/* Makes the page quicker to use; nothing here is needed to pay. No data leaves the page but the form itself, and messages to a
   page that frames this one. */
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const digitsOf = (text) => text.replace(/\D/g, "");
  const plainOf = (text) => text.replace(/[^A-Za-z0-9]/g, "").toUpperCase();
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

  /* ISO 13616-1: the country in front goes to the end, letters count from 10, and the whole is 1 modulo 97. */
  function ibanFits(iban) {
    if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(iban)) return false;
    const digits = (iban.slice(4) + iban.slice(0, 4)).replace(/[A-Z]/g, (letter) => letter.charCodeAt(0) - 55);
    return [...digits].reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
  }

  function expiryText(text, deleting) {
    let digits = digitsOf(text);
    if (/^[2-9]$/.test(digits) || /^1\s*\//.test(text)) digits = "0" + digits;
    if (digits.length > 4) digits = digits.slice(0, 2) + digits.slice(digits.length >= 6 ? 4 : 2, digits.length >= 6 ? 6 : 4);
    if (digits.length < 2 || (digits.length === 2 && deleting)) return digits;
    return digits.slice(0, 2) + " / " + digits.slice(2);
  }

  /* Rewrites a field and keeps the caret behind the same character. */
  function rewrite(field, text) {
    if (field.value === text) return;
    const before = plainOf(field.value.slice(0, field.selectionStart)).length;
    const atEnd = field.selectionStart === field.value.length;
    field.value = text;
    if (document.activeElement !== field) return;
    let place = 0;
    for (let seen = 0; place < text.length && seen < before; place += 1) if (/[A-Za-z0-9]/.test(text[place])) seen += 1;
    if (atEnd) place = text.length;
    field.setSelectionRange(place, place);
  }

  function enhanceForm(form) {
    const number = $("number"), expiry = $("expiry"), cvc = $("cvc"), save = $("save"), iban = $("iban"), holder = $("holder");
    const button = $("pay"), brands = $("brands"), networks = $("network");
    const coBadged = form.dataset.coBadged.split(" ");
    const fields = { card: [number, expiry, cvc, save].filter(Boolean), sepa: [iban, holder].filter(Boolean) };
    let sent = false;

    function way() {
      const chosen = form.querySelector('[name="method"]:checked') || form.querySelector('[name="method"]');
      return chosen ? chosen.value : "card";
    }

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
      save: () => (save.required && !save.checked ? "save_missing" : ""),
      iban() {
        const value = plainOf(iban.value);
        if (!value) return "iban_missing";
        return ibanFits(value) ? "" : "iban_invalid";
      },
      holder() {
        const length = holder.value.trim().length;
        if (!length) return "holder_missing";
        return length < 3 ? "holder_invalid" : "";
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
      const both = coBadged.some((start) => value.startsWith(start));
      brands.classList.toggle("known", Boolean(brand));
      for (const icon of brands.children) {
        const name = icon.getAttribute("data-brand");
        icon.classList.toggle("on", name === brand || (name === "cb" && both));
      }
      networks.classList.toggle("on", both);
      if (both) networks.querySelector("[data-brand-name]").textContent = brand === "visa" ? "Visa" : "Mastercard";
      cvc.placeholder = brand === "amex" ? "1234" : "123";
    }

    if (number) {
      number.addEventListener("input", () => { rewrite(number, grouped(digitsOf(number.value).slice(0, 19))); paintBrand(); });
      expiry.addEventListener("input", (event) => rewrite(expiry, expiryText(expiry.value, /^delete/.test(event.inputType || ""))));
      cvc.addEventListener("input", () => rewrite(cvc, digitsOf(cvc.value).slice(0, 4)));
      paintBrand();
    }
    if (iban) iban.addEventListener("input", () => rewrite(iban, plainOf(iban.value).slice(0, 34).replace(/(.{4})(?=.)/g, "$1 ")));
    for (const field of [...fields.card, ...fields.sepa]) {
      field.addEventListener("blur", () => { if (field.value && field !== save) show(field, problems[field.id]()); });
      field.addEventListener("input", () => { if (field.hasAttribute("aria-invalid") && !problems[field.id]()) show(field, ""); });
    }

    /* The field that is left would show its error and push the button away from under the pointer, before the click. */
    button.addEventListener("mousedown", (event) => event.preventDefault());
    form.addEventListener("submit", (event) => {
      if (sent) { event.preventDefault(); return; }
      const wrong = (fields[way()] || []).filter((field) => !show(field, problems[field.id]()));
      if (wrong.length) { event.preventDefault(); wrong[0].focus(); return; }
      sent = true;
      button.setAttribute("aria-disabled", "true");
      for (const label of button.querySelectorAll("span")) label.textContent = button.dataset.busy;
      $("progress").textContent = button.dataset.busy;
    });
    window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

    function choose(value) {
      const radio = form.querySelector(`[name="method"][type="radio"][value="${value}"]`);
      if (radio) radio.checked = true;
    }

    for (const test of document.querySelectorAll("[data-fill], [data-iban]")) {
      test.addEventListener("click", () => {
        const chosen = test.dataset.fill ? "card" : "sepa";
        choose(chosen);
        if (test.dataset.fill) {
          number.value = grouped(test.dataset.fill);
          expiry.value = test.dataset.expiry;
          cvc.value = "123";
          paintBrand();
        } else {
          iban.value = test.dataset.iban.replace(/(.{4})(?=.)/g, "$1 ");
          holder.value = holder.value || test.dataset.holder;
        }
        for (const field of fields[chosen]) show(field, "");
        const list = test.closest("details");
        if (list) list.open = false;
        button.focus();
      });
    }
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
