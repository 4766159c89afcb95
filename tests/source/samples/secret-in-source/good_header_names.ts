export function headersFor(settings: Settings): Record<string, string> {
  return {
    "X-Q7-API-KEY": settings.key, // good
    "X-Z9-AUTH-TOKEN": settings.token, // good
    "x-v2-client-secret": settings.secret, // good
  };
}
