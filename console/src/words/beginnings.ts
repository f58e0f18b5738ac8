/** Words of the ways to begin: those of an account that is empty, and of the forms that make an integration. They load with them. */

export const beginningWords = {
  first: {
    title: 'Where to begin',
    what: 'An integration is a folder of flows that do one job, such as bringing the orders of a shop to a warehouse.',
    notYours: 'There is no integration yet. Users with manage access create them.',
    ways: {
      build: {
        title: 'Build your own',
        what: 'Begin with an empty integration, and add connections and flows to it.',
        act: 'Create integration',
      },
      sample: {
        title: 'Try the sample',
        what: 'A shop and a warehouse that come with Sluice, and the flows between them: run it, see what fails, mend it.',
        act: 'Install the sample',
      },
      files: {
        title: 'Restore from files',
        what: 'Bring back an integration that was downloaded as files, here or on another server.',
        act: 'Restore from files',
      },
    },
  },
  begin: {
    install: 'Install',
    restore: 'Restore',
    filesWhat: 'The archive is what "Download files" on the Admin tab of an integration makes: everything but secrets.',
    isHere:
      'The integration that these are files of is in this account. Upload them on its Admin tab, or clone it; one that is in the recycle bin is restored there.',
    restored: (name: string) => `${name} is here.`,
    restoredHere: 'The integration is here. Its flows are disabled until you enable them.',
    asks: 'Files hold no connections and no secrets. Choose what takes their place here, and the integration is made.',
    warned: 'There is more to know before it is made: read the warnings, and restore it then.',
    chooseOne: 'Choose one',
    makeConnection: 'Create it anew, without secrets',
    choiceHints: {
      connection: 'Connection that the flows use',
      stack: 'Stack that the functions run on',
      ediProfile: 'EDI profile of the partner',
    },
    secretOf: (name: string, field: string) => `${name}: ${field}`,
  },
} as const
