/** Words of the sample. They load with the form that installs it. */

export const sampleWords = {
  what: 'Orders of a shop become shipments of a warehouse. Both applications come with Sluice.',
  start: 'In the folder of Sluice, in another terminal:',
  fields: {
    shopURL: 'Address of the shop',
    shopToken: 'Token of the shop',
    warehouseURL: 'Address of the warehouse',
    warehouseUser: 'User of the warehouse',
    warehousePassword: 'Password of the warehouse',
  },
  silent: (name: string, why: string) => `${name} does not answer. ${why}`,
  installed: 'The sample is here. Run "Orders to shipments", and look at what fails.',
} as const
