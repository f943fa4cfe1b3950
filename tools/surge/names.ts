/** Family names all end in `-Demo`: such people exist nowhere, and the local identity provider finishes them by itself. */
export const SYNTHETIC = '-Demo';

export const GIVEN =
  `Aaliyah Abigail Adam Aisha Alan Alice Amina Andrew Angharad Anna Anthony Arthur Asha Ben Bethan Brian
Bronwen Callum Carol Carys Catherine Charlotte Chloe Chris Claire Daniel David Dawn Deborah Dylan Eira Elin Elizabeth Ella Emma
Emyr Ethan Eve Farah Fatima Fiona Freya Gareth Gemma George Gethin Grace Graham Gwen Hannah Harry Hassan Heather Helen Huw Ian
Ibrahim Imran Isaac Isla Jack Jacob James Jane Janet Jasmine Jessica Joan Joe John Joseph Julie Karen Kate Katie Keith Kevin
Khadija Laura Leah Leon Lily Linda Lisa Lloyd Louise Lucy Luke Mali Marcus Margaret Maria Mark Martin Mary Matthew Megan Mohammed
Molly Nadia Nathan Neil Nia Nicola Oliver Olivia Omar Owen Pamela Paul Peter Philip Poppy Priya Rachel Rebecca Rhiannon Rhys
Robert Rose Ruby Ruth Ryan Sally Sam Samir Sandra Sara Sean Sharon Siân Sophie Stephen Steven Susan Tariq Thomas Tom Tracey Usman
Valerie Vikram Wendy William Yasmin Zainab Zoe`.split(/\s+/);

export const FAMILY =
  `Ahmed Akhtar Ali Allen Ashworth Bailey Barlow Begum Bennett Booth Bradley Brooks Brown Butterworth Butler
Chadwick Clarke Clegg Collins Cooper Cooke Crossley Davies Dawson Dixon Edwards Ellis Entwistle Evans Farrell Fielding Fletcher
Foster Greenhalgh Griffiths Hall Hamer Harris Haslam Heywood Hill Hilton Holden Holt Howarth Hughes Hussain Jackson James Jenkins
Jones Kay Kaur Kelly Kershaw Khan King Knight Lees Lewis Lloyd Lomax Marsh Mellor Miah Mills Mitchell Moore Morgan Morris Murphy
Murray Nuttall Ogden Owen Parker Patel Pearson Phillips Pilkington Platt Powell Price Probert Ramsden Rahman Rees Rigby Roberts
Robinson Rothwell Royle Schofield Scott Shah Shaw Singh Smith Stott Sutcliffe Taylor Thomas Thompson Turner Uddin Walker Walsh
Ward Watson Webb White Whitehead Whitworth Wild Williams Wilson Wood Wright Wrigley Young`.split(/\s+/);
