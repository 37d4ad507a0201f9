// The form of reports: solves a challenge in ALTCHA's format (PBKDF2/SHA-256) when it is sent. Without this script, and
// where a browser has no Web Crypto (pages without https), the form is sent with its ticket, which has to wait.

/** Return the bytes of a text of hexadecimal digits. */
function bytesOf(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Return the hexadecimal digits of bytes. */
function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return the solution of a challenge as base64 of JSON, as ALTCHA's widget sends it. */
async function solve(challenge) {
  const { nonce, salt, cost, keyLength, keyPrefix } = challenge.parameters;
  const start = bytesOf(nonce);
  const password = new Uint8Array(start.length + 4);
  password.set(start);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt: bytesOf(salt), iterations: cost };
  for (let counter = 0; counter < 2 ** 32; counter += 1) {
    new DataView(password.buffer).setUint32(start.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const derivedKey = hexOf(new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, keyLength * 8)));
    if (derivedKey.startsWith(keyPrefix)) {
      return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
    }
  }
  return "";
}

const form = document.getElementById("feedback-form");
const status = document.getElementById("feedback-status");
let running = false;

form?.addEventListener("submit", async (event) => {
  if (!globalThis.crypto?.subtle) {
    return;
  }
  event.preventDefault();
  if (running) {
    return;
  }
  running = true;
  status.textContent = status.dataset.working;
  try {
    const answer = await fetch(form.dataset.challenge, { cache: "no-store" });
    form.elements.altcha.value = answer.ok ? await solve(await answer.json()) : "";
  } finally {
    // Without a solution the ticket counts.
    form.submit();
  }
});

// A page that the reader goes back to can be sent again.
addEventListener("pageshow", () => {
  running = false;
  if (status) {
    status.textContent = "";
  }
});
