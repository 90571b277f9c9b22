/** A signal that stops a request after so long, or with another signal. (`AbortSignal.any` is too new for old phones.) */
export function within(milliseconds: number, stopped?: AbortSignal): AbortSignal {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(new DOMException("", "TimeoutError")), milliseconds);
  stopped?.addEventListener("abort", () => {
    clearTimeout(timer);
    control.abort(stopped.reason);
  });
  return control.signal;
}
