export const settings = {
  autoLoginEnabled: false, // good
  autoAuthEnabled: false, // good
};
