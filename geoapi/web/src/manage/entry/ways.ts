/** How people sign in to this service besides a password. */
import { base } from "../../api/client.ts";

export interface Ways {
  password: boolean;
  oidc: boolean;
}

/** What `GET /v1/auth/methods` says; a password alone where it does not answer. */
export async function waysIn(): Promise<Ways> {
  try {
    const response = await fetch(`${base}v1/auth/methods`);
    const said: unknown = response.ok ? await response.json() : null;
    const oidc = typeof said === "object" && said !== null && "oidc" in said && Boolean(said.oidc);
    return { password: true, oidc };
  } catch {
    return { password: true, oidc: false };
  }
}

/** Where the provider's sign-in begins; it comes back to this page. */
export function startAddress(): string {
  return `./v1/auth/oidc/start?return_to=${encodeURIComponent(location.pathname)}`;
}
