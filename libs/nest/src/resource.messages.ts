/** Every sentence this package says at boot or in the log, beside those of error classes. */
export const messages = {
  notPromised: (kind: string, name: string): string =>
    `was delivered by the factory, but is not promised; add '${name}' to \`${kind}\` of forRootAsync()`,

  notDelivered: (kind: string): string =>
    `is promised by forRootAsync(), but the factory did not deliver it; add it to \`${kind}\` of what the factory returns`,

  nothingDelivered: (given: string): string =>
    `the factory of forRootAsync() delivered ${given}, and not an object with options. Did it forget to return them?`,

  declaredTwice: (first: string, second: string): string =>
    `is declared twice: by ${first} and by ${second}. Declare it once; elsewhere alias it by forFeature({ use })`,

  notDefined: 'must be made with definePool({ create, … })',

  notAnObject: 'must be an object: a resource',

  rootTwice: (modules: string): string =>
    `ResourceModule.forRoot() is imported more than once: ${modules}. Import it once; declare further resources by forFeature()`,

  rootMissing: 'ResourceModule.forRoot() is not imported by any module. Import it once, in the root module',

  twoOptionsSources: (given: string): string =>
    `only one of useFactory, useClass and useExisting can be given, got ${given}`,

  notNames: 'must be a list of names, each of them a non-empty text',

  namedTwice: (name: string): string => `names '${name}' twice`,

  notARule: 'must be an object: the options of a circuit breaker',

  notDecorable: (decorator: string, where: string): string =>
    `${decorator} stands on ${where}, which is not a method of instances. Put it on one.`,

  unknownRegistration: (known: string): string => `is not declared here; known: ${known || 'none'}`,

  unknownBreaker: (name: string, known: string): string =>
    `uses circuit breaker '${name}', which nobody declares; known: ${known || 'none'}. Add it to \`breakers\` of ResourceModule`,

  conflictingBreaker: (name: string, other: string): string =>
    `declares circuit breaker '${name}' otherwise than ${other} does. Declare it once, and use it by its name`,

  noFallback: (method: string, owner: string): string =>
    `names the fallback '${method}', but ${owner} has no such method`,

  unknownConfig: (config: string, known: string): string =>
    `there is no configuration '${config}'; known: ${known || 'none'}`,

  circularConfig: (path: string): string => `configurations build on each other in a circle: ${path}`,

  noOneInstance:
    'is decorated, but its class is request-scoped or transient, so there is no one instance to call. Move it to a class with the default scope',

  noOptionsFactory: (type: string): string =>
    `${type} must have a method createResourceOptions(), which returns the options. Implement ResourceOptionsFactory`,

  noOptionsSource: 'one of useFactory, useClass and useExisting is required',

  lateObservable: (where: string): string =>
    `${where} returned an Observable without saying so. Write its return type (Observable<…>) and compile with emitDecoratorMetadata, so that its permit is taken at subscription.`,

  nothingToGuard: (owner: string): string =>
    `@CircuitBreaker on class ${owner} finds no method that is declared async. Declare them so, or put it on the methods.`,

  staticMethod: (where: string): string =>
    `@CircuitBreaker cannot guard the static method ${where}: it belongs to no application. Use CircuitBreakerService.execute().`,

  notAMethod: (where: string): string =>
    `@CircuitBreaker cannot guard ${where}: it is no method. Put it on the method that makes the call.`,

  generator: (where: string): string =>
    `@CircuitBreaker cannot guard the generator ${where}: its callers iterate over what it returns at once. Guard the method that makes each call.`,

  closedTooEarly: (module: string): string =>
    `${module} is imported after ResourceModule, so its connection is closed before the resources are. Import ${module}.forRoot() first.`,

  unavailable: (resource: string | undefined, seconds: number): string =>
    `${resource === undefined ? 'Something this needs' : `'${resource}'`} cannot serve just now. Try again in ${seconds} s.`,

  tooManyBreakers: (name: string, limit: number): string =>
    `Circuit breaker '${name}' was not made: there are ${limit} already. Remove some, share one between names, or raise maxBreakers.`,

  wrongKind: (name: string, wanted: string, kind: string): string =>
    `Resource '${name}' is not a ${wanted} but a ${kind}. Ask the ResourceRegistry for it.`,
} as const;
