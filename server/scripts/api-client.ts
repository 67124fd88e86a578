/** Calls the public API; anything but a 2xx answer is an error. */
export class ApiClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  /**
   * @param url     of the server, without a slash at the end
   * @param headers sent with every call
   */
  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#url = url;
    this.#headers = headers;
  }

  /** @throws ApiError */
  get<T>(path: string): Promise<T> {
    return this.#call('GET', path, undefined);
  }

  /** @throws ApiError */
  post<T>(path: string, body?: object): Promise<T> {
    return this.#call('POST', path, body);
  }

  /** @throws ApiError */
  patch<T>(path: string, body: object): Promise<T> {
    return this.#call('PATCH', path, body);
  }

  /** @throws ApiError */
  delete<T>(path: string): Promise<T> {
    return this.#call('DELETE', path, undefined);
  }

  async #call<T>(method: string, path: string, body: object | undefined): Promise<T> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...this.#headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new ApiError(`${method} ${path}`, response.status, text);
    // The caller names the shape: scripts and tests know what they ask for.
    return JSON.parse(text) as T;
  }
}

export class ApiError extends Error {
  readonly status: number;

  constructor(call: string, status: number, body: string) {
    super(`${call} answered ${status}: ${body.slice(0, 500)}`);
    this.name = 'ApiError';
    this.status = status;
  }
}
