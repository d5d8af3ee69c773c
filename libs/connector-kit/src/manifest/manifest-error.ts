/** A manifest that cannot be used. The message names the file, the place in it, what is wrong and how to mend it. */
export class ManifestError extends Error {
  constructor(
    readonly file: string,
    /** Where in the manifest, from its root: `$.tools.acme_search.request.path`. */
    readonly path: string,
    readonly problem: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${path}: ${problem} ${remedy}`, options);
    this.name = 'ManifestError';
  }
}

/** A place in a manifest, to point at in an error. */
export class ManifestPlace {
  constructor(
    readonly file: string,
    readonly path = '$',
  ) {}

  at(...keys: readonly (string | number)[]): ManifestPlace {
    return new ManifestPlace(this.file, [this.path, ...keys].join('.'));
  }

  error(problem: string, remedy: string, cause?: unknown): ManifestError {
    return new ManifestError(this.file, this.path, problem, remedy, cause === undefined ? undefined : { cause });
  }
}
