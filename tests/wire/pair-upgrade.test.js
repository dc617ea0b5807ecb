import { pairSuite } from "./src/suite.js";

pairSuite("upgrade");
