/** The page as an app: the service worker that keeps its files, new versions of it, and putting it on the screen. */
import { base } from "../api/client.ts";
import { remembered } from "../ui/remembered.ts";

/** What browsers that can install a page tell it. */
interface InstallPrompt extends Event {
  prompt(): Promise<{ outcome: "accepted" | "dismissed" }>;
}

const LOOK_AGAIN_MS = 3_600_000;
const declined = remembered<boolean>("worker.no-install", false, (value) => typeof value === "boolean");

class Installed {
  /** A newer version is there, and waits until somebody wants it. */
  hasUpdate = $state(false);
  #prompt = $state.raw<InstallPrompt | null>(null);
  #declined = $state(declined.read());
  #registration: ServiceWorkerRegistration | null = null;

  /** Whether the page can be put on the screen, and nobody has said no to it. */
  get canInstall(): boolean {
    return this.#prompt !== null && !this.#declined;
  }

  start(): void {
    addEventListener("beforeinstallprompt", (event) => {
      event.preventDefault();
      this.#prompt = event as InstallPrompt;
    });
    addEventListener("appinstalled", () => (this.#prompt = null));
    if (!("serviceWorker" in navigator)) return;
    if (document.readyState === "complete") void this.#register();
    else addEventListener("load", () => void this.#register());
  }

  async install(): Promise<void> {
    const prompt = this.#prompt;
    this.#prompt = null;
    if (prompt && (await prompt.prompt()).outcome === "dismissed") this.decline();
  }

  decline(): void {
    this.#declined = true;
    declined.write(true);
  }

  /** Goes on with the newer version. */
  update(): void {
    const waiting = this.#registration?.waiting;
    // another tab may have gone on with it already
    if (!waiting) return location.reload();
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    waiting.postMessage({ type: "SKIP_WAITING" });
  }

  async #register(): Promise<void> {
    try {
      const registration = await navigator.serviceWorker.register(`${base}sw.js`, { scope: base });
      this.#registration = registration;
      this.#watch(registration);
      registration.addEventListener("updatefound", () => this.#watch(registration));
      setInterval(() => void registration.update().catch(() => undefined), LOOK_AGAIN_MS);
    } catch {
      // a page that is no app is a page all the same
    }
  }

  #watch(registration: ServiceWorkerRegistration): void {
    const look = (): void => {
      // the first of all is no update: nobody has been served by an older one
      this.hasUpdate = registration.waiting !== null && navigator.serviceWorker.controller !== null;
    };
    look();
    registration.installing?.addEventListener("statechange", look);
  }
}

export const installed = new Installed();
