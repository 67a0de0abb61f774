"use strict";
(() => {
  const steps = [...document.querySelectorAll(".step")];
  if (!steps.length) return;
  document.documentElement.classList.add("js");
  const [back, next] = ["back", "next"].map((name) => document.getElementById(name));
  const slider = document.getElementById("slider");
  const where = document.getElementById("where");
  const parts = [...document.querySelectorAll("[data-part]")];
  const drawing = document.querySelector(".network");
  let at = 0;

  function show(index, focus) {
    at = Math.max(0, Math.min(steps.length - 1, index));
    steps.forEach((step, n) => step.classList.toggle("here", n === at));
    const step = steps[at];
    const about = step.dataset.parts.split(" ");
    for (const part of parts) {
      part.classList.toggle("now", part.dataset.part === about[0]);
      part.classList.toggle("on", about.slice(1).includes(part.dataset.part));
    }
    if (drawing) drawing.setAttribute("class", "network " + step.dataset.phase);
    slider.value = at + 1;
    slider.setAttribute("aria-valuetext", step.dataset.where);
    where.textContent = step.dataset.where;
    back.disabled = at === 0;
    next.disabled = at === steps.length - 1;
    if (focus && (document.activeElement === document.body || document.activeElement.disabled)) {
      (back.disabled ? next : back).focus({ preventScroll: true });
    }
    history.replaceState(null, "", "#" + step.dataset.moment);
  }

  function fromAddress() {
    const index = steps.findIndex((step) => "#" + step.dataset.moment === location.hash);
    show(index < 0 ? 0 : index);
  }

  back.addEventListener("click", () => show(at - 1, true));
  next.addEventListener("click", () => show(at + 1, true));
  slider.addEventListener("input", () => show(Number(slider.value) - 1));
  addEventListener("hashchange", fromAddress);
  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target === slider) return;
    const moves = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: steps.length - 1 };
    if (event.key in moves && !event.target.closest(".scroll, pre")) {
      event.preventDefault();
      show(moves[event.key]);
    }
  });
  fromAddress();
})();
