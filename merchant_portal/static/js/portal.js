// Enhancements only: every page works without this file.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const json = async (url) => {
    const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };
  // Calls `look` until it returns false; slower while the page is hidden, gentler after a failure.
  const poll = (look, every) => {
    const again = async () => {
      let wait = every;
      try {
        if (document.hidden) wait = every * 4;
        else if ((await look()) === false) return;
      } catch { wait = every * 4; }
      setTimeout(again, wait);
    };
    setTimeout(again, every);
  };

  all("[data-without-script]").forEach((element) => { element.hidden = true; });

  // Copy buttons
  all("[data-copy]").forEach((button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    const label = button.querySelector("[data-copy-label]");
    const before = label.textContent;
    button.addEventListener("click", async () => {
      const box = button.closest(".copyable, [data-copy-block]");
      await navigator.clipboard.writeText(box.querySelector("[data-copy-value]").textContent.trim());
      label.textContent = label.dataset.done;
      button.dataset.copied = "";
      setTimeout(() => { label.textContent = before; delete button.dataset.copied; }, 1600);
    });
  });

  // Show and hide a password
  all("[data-reveal]").forEach((button) => {
    const input = document.getElementById(button.dataset.reveal);
    const show = button.textContent;
    button.hidden = false;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      const reveal = input.type === "password";
      input.type = reveal ? "text" : "password";
      button.textContent = reveal ? button.dataset.hide : show;
      button.setAttribute("aria-pressed", String(reveal));
    });
  });

  // SIREN by three, IBAN by four while typing; the caret stays where the person is
  all("input[data-group]").forEach((input) => {
    const size = Number(input.dataset.group);
    const group = () => {
      const before = input.value.slice(0, input.selectionStart).replace(/\s/g, "").length;
      const compact = input.value.replace(/\s/g, "");
      input.value = (size === 4 ? compact.toUpperCase() : compact).replace(new RegExp(`(.{${size}})(?=.)`, "g"), "$1 ");
      const caret = before + Math.floor(Math.max(0, before - 1) / size);
      input.setSelectionRange(caret, caret);
    };
    input.addEventListener("input", group);
    if (input.value) group();
  });

  // One click is enough: the second one is caught by the form's key on the server anyway
  all("form").forEach((form) => form.addEventListener("submit", (event) => {
    const once = event.submitter && event.submitter.closest("[data-once]");
    if (once) setTimeout(() => { once.setAttribute("aria-disabled", "true"); once.disabled = true; }, 0);
  }));
  addEventListener("pageshow", () => all("[data-once]").forEach((button) => { button.disabled = false; button.removeAttribute("aria-disabled"); }));

  // Problems first: a refused form puts the reader at its summary
  const problems = document.getElementById("problems");
  if (problems) problems.focus();

  // "/" goes to the search box, Escape leaves the menu
  addEventListener("keydown", (event) => {
    const search = document.querySelector("[data-search]");
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (event.key === "/" && search && !typing) { event.preventDefault(); search.focus(); }
    if (event.key === "Escape") {
      if (location.hash === "#menu") location.hash = "#contenu";
      all("details.test-menu[open], details.range[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
    }
  });
  document.addEventListener("click", (event) => all("details.test-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));

  // The effect of a refund while the amount is typed
  all("[data-refund]").forEach((form) => {
    const data = form.dataset;
    const digits = new Intl.NumberFormat(data.locale, { style: "currency", currency: data.currency });
    const unit = 10 ** digits.resolvedOptions().maximumFractionDigits;
    const show = (name, minor) => { const cell = form.querySelector(`[data-effect=${name}]`); if (cell) cell.textContent = Number.isNaN(minor) ? "—" : digits.format(minor / unit).replace("-", "−"); };
    const partial = form.querySelector("[data-partial]");
    const amount = form.querySelector("[name=amount]");
    const button = form.querySelector("[data-once] span");
    const update = () => {
      const part = form.querySelector("[name=kind]:checked").value === "partial";
      partial.hidden = !part;
      const typed = Math.round(Number(amount.value.replace(/[\s\u00a0\u202f]/g, "").replace(",", ".")) * unit) || 0;
      const chosen = part ? typed : Number(data.refundable);
      show("amount", chosen);
      const possible = chosen <= Number(data.refundable);
      show("left", possible ? Number(data.refundable) - chosen : NaN);
      show("after", possible ? Number(data.cover) - chosen : NaN);
      button.textContent = `${button.closest("button").dataset.label} ${chosen > 0 ? digits.format(chosen / unit) : ""}`.trim();
    };
    form.addEventListener("input", update);
    form.addEventListener("change", (event) => { update(); if (event.target.name === "kind" && !partial.hidden) amount.focus(); });
    update();
  });

  // Whether a boutique's name is free, while it is typed
  all("[data-availability]").forEach((form) => {
    const input = form.querySelector("[name=name]");
    const out = form.querySelector("[data-availability-result]");
    let timer, asked = 0;
    const say = (text, kind) => { out.textContent = text; out.className = `availability${kind ? ` is-${kind}` : ""}`; };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      const name = input.value.trim();
      if (!name) return say("", "");
      say(out.dataset.checking, "");
      timer = setTimeout(async () => {
        const mine = ++asked;
        try {
          const answer = await json(`${form.dataset.availability}?name=${encodeURIComponent(name)}`);
          if (mine !== asked) return;
          say(answer.free ? `${out.dataset.free} ${answer.address}` : answer.problem, answer.free ? "free" : "taken");
        } catch { say("", ""); }
      }, 250);
    });
  });

  // Progress of a boutique: the same block the page has, fetched again
  all("[data-progress]").forEach((box) => {
    if (box.dataset.moving !== "true") return;
    const headline = document.querySelector("[data-headline]");
    poll(async () => {
      const answer = await json(box.dataset.progress);
      if (!answer.moving) { location.reload(); return false; }
      if (answer.html) box.innerHTML = answer.html;
      if (answer.headline && headline.textContent !== answer.headline) headline.textContent = answer.headline;
      return true;
    }, 700);
  });

  // The test clock while it moves
  all("[data-clock][data-moving=true]").forEach((bar) => poll(async () => {
    const answer = await json(bar.dataset.clock);
    all("[data-clock-now]").forEach((time) => { time.textContent = answer.now; });
    if (!answer.moving) { location.reload(); return false; }
    return true;
  }, 600));
})();
